import type { ExecutionClosed, ExecutionRequested, RunStatus } from '@flowplane/contracts';
import type { LoggedEvent } from './logged-event.js';
import { plainText, plainTextOrNull } from '@flowplane/contracts/read-model';
import { causeOf } from './run-cause.js';

/** What the request of a run fixes. */
export type NewExecution = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
  readonly generation: number | null;
  readonly version: number;
  readonly triggerType: string;
  readonly input: string;
  /** JSON text. */
  readonly labels: string;
  readonly retriedFrom: string | null;
  /** JSON text of a `RunCause`. */
  readonly cause: string;
  readonly createdAt: number;
  readonly createdOffset: number;
};

/** What a batch says of a run. Null members are left as they are; times are epoch milliseconds. */
export type ExecutionChange = {
  readonly executionId: string;
  status: RunStatus | null;
  cancelRequested: boolean;
  startedAt: number | null;
  closedAt: number | null;
  resultJson: string | null;
  resultRef: string | null;
  failureCode: string | null;
  failureMessage: string | null;
  failureNodeId: string | null;
  nodesJson: string | null;
  nodesRef: string | null;
};

/** Runs of a batch, each as its last event leaves it: of those it requested both parts, of older ones the change. */
export type ExecutionsFold = {
  readonly created: Map<string, NewExecution>;
  readonly changes: Map<string, ExecutionChange>;
};

export const makeExecutionsFold = (): ExecutionsFold => ({ created: new Map(), changes: new Map() });

/** Takes one event into the executions table. The fold's own objects are changed in place: batches are large. */
export function foldExecution(
  fold: ExecutionsFold,
  { offset, message: event }: LoggedEvent,
  generation: number | null,
): void {
  switch (event.type) {
    case 'ExecutionRequested':
      fold.created.set(event.data.executionId, requestedRun(event, offset, generation));
      changeOf(fold, event.data.executionId).status = 'Pending';
      return;
    case 'ExecutionStarted': {
      const change = changeOf(fold, event.data.executionId);
      change.status = 'Running';
      change.startedAt = event.data.startedAt;
      return;
    }
    case 'ExecutionCancelRequested':
      changeOf(fold, event.data.executionId).cancelRequested = true;
      return;
    case 'ExecutionClosed':
      close(changeOf(fold, event.data.executionId), event);
      return;
    default:
  }
}

function changeOf(fold: ExecutionsFold, executionId: string): ExecutionChange {
  const known = fold.changes.get(executionId);
  if (known !== undefined) return known;
  const change: ExecutionChange = {
    executionId,
    status: null,
    cancelRequested: false,
    startedAt: null,
    closedAt: null,
    resultJson: null,
    resultRef: null,
    failureCode: null,
    failureMessage: null,
    failureNodeId: null,
    nodesJson: null,
    nodesRef: null,
  };
  fold.changes.set(executionId, change);
  return change;
}

function requestedRun(event: ExecutionRequested, offset: number, generation: number | null): NewExecution {
  const { meta, data } = event;
  return {
    tenantId: meta.tenantId,
    workspaceId: meta.workspaceId,
    flowId: data.flowId,
    generation,
    version: data.version,
    triggerType: data.triggerType,
    input: data.input,
    labels: data.labels,
    retriedFrom: data.retriedFrom,
    cause: causeOf(event),
    createdAt: meta.occurredAt,
    createdOffset: offset,
  };
}

function close(change: ExecutionChange, { data }: ExecutionClosed): void {
  change.status = data.status;
  change.closedAt = data.closedAt;
  if (data.startedAt !== null) change.startedAt = data.startedAt;
  change.resultJson = data.result?.json ?? null;
  change.resultRef = data.result?.ref ?? null;
  change.failureCode = plainTextOrNull(data.failure?.code ?? null);
  change.failureMessage = data.failure === null ? null : plainText(data.failure.message);
  change.failureNodeId = plainTextOrNull(data.failure?.nodeId ?? null);
  change.nodesJson = data.nodes?.json ?? null;
  change.nodesRef = data.nodes?.ref ?? null;
}
