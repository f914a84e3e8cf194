import type { AnswerOf } from '@flowplane/contracts';

/** Bodies of the Flows API as tests read them; those with the state of a run are narrower than the document's. */

export type Problem = {
  readonly code: string;
  readonly message: string;
  readonly errors?: readonly unknown[];
  readonly dimension?: string;
};

/** Its `status` is always `draft`; without it, items of several lists can be read by one type. */
export type FlowBody = Omit<AnswerOf<'getFlow'>, 'status'>;

type SettledOf<Name extends 'publishFlow' | 'startExecution'> = Exclude<AnswerOf<Name>, PendingBody>;

export type PublishBody = SettledOf<'publishFlow'>;

export type StartBody = SettledOf<'startExecution'>;

export type PendingBody = {
  readonly commandId: string;
  readonly status: 'pending';
  readonly executionId?: string;
  readonly uncertain?: true;
};

export type CommandBody = {
  readonly commandId: string;
  readonly type: string;
  readonly status: 'pending' | 'accepted' | 'rejected';
  readonly position: string | null;
  readonly httpStatus: number | null;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly error: Problem | null;
};

export type NodeBody = {
  readonly nodeId: string;
  readonly status: string;
  readonly reused: boolean;
  readonly input: unknown;
  readonly output: unknown;
  readonly error: { readonly message: string } | null;
  readonly attempts: readonly {
    readonly status: string;
    readonly attemptNumber: number;
    readonly startedAt: string;
    readonly completedAt: string | null;
    readonly error?: { readonly message: string };
    readonly nextAttemptAt?: string;
  }[];
};

export type ExecutionBody = {
  readonly executionId: string;
  readonly runId: string;
  readonly flowId: string;
  readonly status: string;
  readonly version: string;
  readonly triggerType: string;
  readonly retriedFrom: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly closedAt: string | null;
  readonly input: unknown;
  readonly result: {
    readonly status: string;
    readonly flowName: string;
    readonly flowVersion: string;
    readonly trace: readonly string[];
    readonly state: Readonly<Record<string, unknown>>;
  } | null;
  readonly failure: { readonly nodeId: string | null; readonly code: string; readonly message: string } | null;
  readonly events: readonly { readonly nodeId: string; readonly eventId: string; readonly type: string }[];
  readonly nodes: readonly NodeBody[];
};

export type ListBody<Item> = { readonly items: readonly Item[]; readonly nextPageToken?: string | null };

export type RunItem = AnswerOf<'listExecutions'>['items'][number];

export type QuotaItem = AnswerOf<'listQuotas'>['items'][number];

export type AuditItem = AnswerOf<'listAudit'>['items'][number];
