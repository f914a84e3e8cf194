import { Client, Connection } from '@temporalio/client';
import type { DataConverter, Payload } from '@temporalio/common';
import type { Logger } from '@flowplane/plumbing/logging';
import { APPROVAL_SIGNAL, runArguments, NO_VERSION, WORKFLOW_TYPE } from '../../shared/run-input.js';
import type { EngineTarget } from '../../shared/temporal-connection.js';
import type { WorkerConnection } from '../../shared/worker-connection.js';
import type { Engine, RunStart, Standing } from './engine.js';
import { engineFaultKind } from '../../shared/engine-fault.js';
import { makeEngineGate } from '../../shared/engine-gate.js';
import { timeMs } from '../closing/event-time.js';
import { readHistory, type ReadEvents } from './read-history.js';
import { makeStartWorkflow } from './start-workflow.js';
import { encodePayload } from './schedule-form.js';
import { makeTemporalSchedules } from './temporal-schedules.js';
import { makeTenantRemains } from './tenant-remains.js';

export type TemporalEngineOptions = {
  readonly target: EngineTarget;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly dataConverter: DataConverter;
  readonly maxConcurrentCalls: number;
  /** Of the worker of the task queue, where that is in the same process. */
  readonly workerConnection?: Pick<WorkerConnection, 'current'> | undefined;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
  /** Every request to the engine, as it is made. */
  readonly onRequest?: (request: EngineRequest) => void;
};

export type EngineRequest =
  'start' | 'cancel' | 'signal' | 'terminate' | 'history' | 'list' | 'delete' | 'standing' | 'schedule' | 'probe';

const CALL_DEADLINE_MS = 10_000;
const PROBE_DEADLINE_MS = 2000;
const VISIBILITY_PAGE = 1000;

/** The only Temporal client of the system. Connects lazily: a start while the engine is down is no fault. */
export function makeTemporalEngine(options: TemporalEngineOptions): Engine {
  const { namespace, taskQueue } = options;
  const connection = lazyConnection(options.target);
  const client = new Client({ connection, namespace, dataConverter: options.dataConverter });
  const service = client.workflowService;
  const identity = `executor@${process.pid}`;
  const within = <T>(request: EngineRequest, deadlineMs: number, call: () => Promise<T>): Promise<T> => {
    options.onRequest?.(request);
    return connection.withDeadline(Date.now() + deadlineMs, call);
  };
  const startWorkflow = makeStartWorkflow(client, options, CALL_DEADLINE_MS);
  const gate = makeEngineGate({
    probe: () =>
      within('probe', PROBE_DEADLINE_MS, () => service.describeNamespace({ namespace })).then(() => undefined),
    maxConcurrent: options.maxConcurrentCalls,
    logger: options.logger,
  });

  const startOnce = ({ run, definition, cause }: RunStart) =>
    startWorkflow(WORKFLOW_TYPE, runArguments(run, definition), run, cause);

  const target = (executionId: string) => ({ namespace, workflowExecution: { workflowId: executionId } });
  /** What is asked of a run that may be gone: then nothing is left to do. */
  const onRun = (request: EngineRequest, signal: AbortSignal, call: () => Promise<unknown>): Promise<boolean> =>
    ignoreMissing(gate.call(() => within(request, CALL_DEADLINE_MS, call), signal));

  const list: ListExecutions = (request, signal) =>
    gate.call(() => within('list', CALL_DEADLINE_MS, () => service.listWorkflowExecutions(request)), signal);
  const events: ReadEvents = (request, deadlineMs) =>
    within('history', deadlineMs, () => service.getWorkflowExecutionHistory({ namespace, ...request }));
  const parts = { service, namespace, taskQueue, identity, gate };
  return {
    start: (start, stillWanted, signal) =>
      gate.call(() => (stillWanted() ? startOnce(start) : Promise.resolve('not-wanted' as const)), signal),
    startTemplate: ({ type, run, cause }, signal) =>
      gate.call(() => startWorkflow(type, [run], { envelope: run.envelope, triggerType: 'manual' }, cause), signal),
    cancel: (executionId, requestId, signal) =>
      onRun('cancel', signal, () =>
        service.requestCancelWorkflowExecution({ ...target(executionId), requestId, identity }),
      ),
    signal: (executionId, approval, signal) =>
      onRun('signal', signal, async () =>
        service.signalWorkflowExecution({
          ...target(executionId),
          signalName: APPROVAL_SIGNAL,
          input: { payloads: await encodePayload(options.dataConverter, approval) },
          requestId: approval.commandId,
          identity,
        }),
      ),
    terminate: (executionId, reason, signal) =>
      onRun('terminate', signal, () =>
        service.terminateWorkflowExecution({ ...target(executionId), reason, identity }),
      ),
    history: (executionId, runId, waitMs, signal) => readHistory({ executionId, runId, waitMs }, signal, gate, events),
    closeEvent: (executionId, waitMs, signal) =>
      readHistory({ executionId, waitMs, endAlone: true }, signal, gate, events),
    closedSince: closedRunsIn(list, namespace, taskQueue),
    standing: (executionId, signal) =>
      standingOf((deadlineMs) => {
        const request = { namespace, execution: { workflowId: executionId } };
        const describe = () => service.describeWorkflowExecution(request);
        return gate.call(() => within('standing', deadlineMs, describe), signal);
      }),
    schedules: makeTemporalSchedules({
      ...{ ...parts, dataConverter: options.dataConverter },
      within: (call) => within('schedule', CALL_DEADLINE_MS, call),
    }),
    ...makeTenantRemains({
      ...{ ...parts, ignoreMissing },
      within: (request, call) => within(request, CALL_DEADLINE_MS, call),
    }),
    reachable: gate.reachable,
    close: () => connection.close(),
  };
}

/** Ids of runs that ended since a time, in pages. */
function closedRunsIn(list: ListExecutions, namespace: string, taskQueue: string): Engine['closedSince'] {
  return async function* (since, signal) {
    // The store sorts what is still open behind every close time, so the status must be asked for, too.
    const query = [
      `TaskQueue = '${taskQueue}' AND WorkflowType = '${WORKFLOW_TYPE}'`,
      `ExecutionStatus != 'Running' AND CloseTime >= '${new Date(since).toISOString()}'`,
    ].join(' AND ');
    let nextPageToken: Uint8Array | null | undefined;
    do {
      const request = { namespace, query, pageSize: VISIBILITY_PAGE, ...(nextPageToken ? { nextPageToken } : {}) };
      const page = await list(request, signal);
      const topLevel = (page.executions ?? []).filter((info) => !info.parentExecution?.workflowId);
      const runs = topLevel.filter((info) => !isRefusedFire(info.searchAttributes?.indexedFields));
      yield runs.map((info) => info.execution?.workflowId ?? '');
      nextPageToken = page.nextPageToken;
    } while (nextPageToken && nextPageToken.length > 0);
  };
}

type ListRequest = Parameters<Client['workflowService']['listWorkflowExecutions']>[0];
type ListExecutions = (
  request: ListRequest,
  signal: AbortSignal,
) => ReturnType<Client['workflowService']['listWorkflowExecutions']>;

type Described = Awaited<ReturnType<Client['workflowService']['describeWorkflowExecution']>>;

/** Of the protocol's WorkflowExecutionStatus. */
const COMPLETED = 2;

async function standingOf(describe: (deadlineMs: number) => Promise<Described>): Promise<Standing> {
  try {
    const { workflowExecutionInfo: info, pendingWorkflowTask, pendingChildren } = await describe(CALL_DEADLINE_MS);
    return {
      state: info?.closeTime ? 'over' : 'open',
      hasCompleted: info?.status === COMPLETED,
      startedAt: timeMs(info?.startTime),
      attempts: pendingWorkflowTask?.attempt ?? 0,
      children: (pendingChildren ?? []).flatMap(({ workflowId }) => workflowId ?? []),
    };
  } catch (cause) {
    if (engineFaultKind(cause) === 'not-found') return { state: 'missing' };
    throw cause;
  }
}

/** What a schedule started and the log refused: no run for users: it is shown nowhere. */
function isRefusedFire(attributes: Readonly<Record<string, Payload>> | null | undefined): boolean {
  const { data } = attributes?.['flowVersion'] ?? {};
  return data ? Buffer.from(data).toString('utf8') === JSON.stringify(NO_VERSION) : false;
}

/**
 * Bytes of an answer: a page of a history is some 200 events, each with a value of up to
 * FLOWS_PAYLOAD_INLINE_MAX_BYTES. The client would take 4 MiB.
 */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

/** Our own gate retries: it sees every failure, and one probe instead of every call looks for the engine. */
function lazyConnection(target: EngineTarget): Connection {
  return Connection.lazy({
    ...target,
    interceptors: [],
    channelArgs: {
      'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 500,
      'grpc.keepalive_permit_without_calls': 1,
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 15_000,
    },
  });
}

/** @returns false: what it is about was not there */
async function ignoreMissing(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (cause) {
    if (engineFaultKind(cause) !== 'not-found') throw cause;
    return false;
  }
}
