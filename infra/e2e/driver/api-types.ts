/** Bodies of the Flows API as tests read them (flows-api 3 to 6). */

export type Problem = {
  readonly code: string;
  readonly message: string;
  readonly errors?: readonly unknown[];
  readonly dimension?: string;
};

export type FlowBody = {
  readonly flowId: string;
  readonly name: string;
  readonly latestVersion: number | null;
  readonly revision: number;
  readonly definition: unknown;
};

export type PublishBody = { readonly flowId: string; readonly version: number };

export type StartBody = {
  readonly executionId: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly version: number;
  readonly status: string;
};

export type PendingBody = { readonly commandId: string; readonly status: string; readonly executionId?: string };

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
  readonly attempts: readonly { readonly status: string; readonly attemptNumber: number }[];
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

export type RunItem = { readonly executionId: string; readonly status: string; readonly startedAt: string | null };

export type QuotaItem = { readonly dimension: string; readonly limit: number; readonly usage: number | null };

export type AuditItem = {
  readonly eventId: string;
  readonly eventType: string;
  readonly outcome: string;
  readonly actorId: string;
  readonly flowId: string | null;
  readonly executionId: string | null;
  readonly correlationId: string;
};
