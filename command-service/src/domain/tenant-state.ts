import type { EventMeta, TenantQuota } from '@flowplane/contracts';
import type { DeclaredInputs } from './declared-inputs.js';
import type { Fence } from './fence.js';
import type { Fired, RecordMark } from './fired-triggers.js';
import { emptyWindow, type RateWindow } from './rate-window.js';
import type { TriggerHead } from './trigger-heads.js';

/** What decisions need of a flow. Its definition and name are the read models' business. */
export type FlowHead = {
  revision: number;
  /** Offset of the command that created it: tells it from an earlier flow under the same id. */
  readonly birth: number;
  /** Highest published version; null: nothing is published. */
  latestVersion: number | null;
  /** Runs of it that are not over. */
  openRuns: number;
  /** Triggers of the latest version, by trigger id. */
  triggers: Map<string, TriggerHead>;
  /** What the latest version declares of its inputs. */
  inputs: DeclaredInputs;
};

/**
 * A run that is not over: asked for and not yet reported started; started; started and asked to cancel. A pending run
 * that is cancelled closes at once, so it never is `Cancelling`.
 */
export type OpenRun = {
  status: 'Pending' | 'Running' | 'Cancelling';
  readonly workspaceId: string;
  readonly flowId: string;
  readonly version: number;
};

/** The latest attempt of a command that has no outcome yet, and when it was found stale (epoch milliseconds). */
export type StaleAttempt = { readonly attempt: number; readonly at: number };

/** An Idempotency-Key that an accepted command has used. */
export type BoundKey = {
  readonly fingerprint: string;
  readonly commandId: string;
  readonly executionId: string | null;
  /** Epoch milliseconds. */
  readonly boundAt: number;
};

/**
 * Everything a tenant's commands are decided against, and nothing else (event-log 11). Keys of flows and
 * idempotency keys begin with the workspace: ids of workspaces hold no `/`.
 *
 * Mutable with one owner: the fold of its partition. It is changed by `evolve` only; a copy per event would cost more
 * than the decision.
 */
export type TenantState = {
  readonly flows: Map<string, FlowHead>;
  readonly runs: Map<string, OpenRun>;
  /** Open runs by workspace; no entry for none. */
  readonly openRuns: Map<string, number>;
  /** Accepted starts of the last minute by workspace. */
  readonly starts: Map<string, RateWindow>;
  /** Accepted signals of the last minute by workspace. */
  readonly signals: Map<string, RateWindow>;
  /** In the order of binding, hence of expiry. */
  readonly keys: Map<string, BoundKey>;
  /** By workspace, trigger and what tells one delivery or record from another, in the order of time. */
  readonly fired: Map<string, Fired>;
  /** When each fire of a schedule was decided, by the id of its run, in the order of time. */
  readonly firedCrons: Map<string, number>;
  /** Keys of `fired` by the id of the run, of webhooks: no two deliveries may have one. */
  readonly firedRuns: Map<string, string>;
  /** When each run of a webhook was closed, in that order, for as long as its id may stand anywhere. */
  readonly closedHooks: Map<string, number>;
  /** How often a webhook delivery was delivered again, by the id of its run, in the order of time. */
  readonly redeliveries: Map<string, { readonly count: number; readonly at: number }>;
  /** By workspace, trigger, topic id and partition. */
  readonly marks: Map<string, RecordMark>;
  /** Quotas set for this tenant. */
  quotas: readonly TenantQuota[];
  /** Null unless the tenant is being torn down. */
  fence: Fence | null;
  /** By command id, in the order of `at`. */
  readonly stale: Map<string, StaleAttempt>;
  /** Latest time anything was decided at, epoch milliseconds; time never goes back behind it (event-log 9). */
  lastTime: number;
};

export const emptyTenantState = (): TenantState => ({
  flows: new Map(),
  runs: new Map(),
  openRuns: new Map(),
  starts: new Map(),
  signals: new Map(),
  keys: new Map(),
  fired: new Map(),
  firedCrons: new Map(),
  firedRuns: new Map(),
  closedHooks: new Map(),
  redeliveries: new Map(),
  marks: new Map(),
  quotas: [],
  fence: null,
  stale: new Map(),
  lastTime: 0,
});

/** Everything but the time is gone (event-log 10). */
export function forgetAll(state: TenantState): void {
  for (const part of Object.values(state)) if (part instanceof Map) part.clear();
  state.quotas = [];
  state.fence = null;
}

/** Nothing is known of the tenant but the time: it need not be kept. */
export const isBlank = (state: TenantState): boolean =>
  state.fence === null &&
  state.quotas.length === 0 &&
  Object.values(state).every((part) => !(part instanceof Map) || part.size === 0);

type Scope = Pick<EventMeta, 'workspaceId'>;

export const flowKey = ({ workspaceId }: Scope, flowId: string): string => `${workspaceId}/${flowId}`;
export const idempotencyKey = ({ workspaceId }: Scope, key: string): string => `${workspaceId}/${key}`;

export const flowOf = (state: TenantState, scope: Scope, flowId: string): FlowHead | undefined =>
  state.flows.get(flowKey(scope, flowId));

/** An open run that is where the caller says it is; anything else does not exist for the caller. */
export function openRunOf(state: TenantState, scope: Scope, flowId: string, executionId: string): OpenRun | undefined {
  const run = state.runs.get(executionId);
  return run?.workspaceId === scope.workspaceId && run.flowId === flowId ? run : undefined;
}

export const openRunsIn = (state: TenantState, workspaceId: string): number => state.openRuns.get(workspaceId) ?? 0;

const NONE = emptyWindow();
/** Not to be changed by the caller. */
export const startsIn = (state: TenantState, workspaceId: string): RateWindow => state.starts.get(workspaceId) ?? NONE;
/** Not to be changed by the caller. */
export const signalsIn = (state: TenantState, workspaceId: string): RateWindow =>
  state.signals.get(workspaceId) ?? NONE;
