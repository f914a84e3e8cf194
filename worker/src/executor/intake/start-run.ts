import { traceHeader, type ExecutionRequested, type JsonObject } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import { causeFields } from '@flowplane/plumbing/telemetry';
import { DEFAULT_LIMITS, type RunInput, type RunLimits } from '../../shared/run-input.js';
import { vouchedEnvelope } from '../../shared/vouch.js';
import { engineFaultKind, messageOf } from '../../shared/engine-fault.js';
import type { Cause, Engine, StartOutcome } from '../engine/engine.js';
import type { AtExecutorFaultPoint } from '../fault-points.js';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';
import type { Versions } from '../read-model/versions.js';
import { scopeOf } from '../report/records.js';
import type { SourceNodes } from '../read-model/source-nodes.js';
import type { Reports } from '../report/reports.js';
import { reuseOfSource } from './reuse-of-source.js';

export type StartRunPorts = {
  readonly engine: Engine;
  readonly versions: Versions;
  /** Of runs that are retried. */
  readonly sources: SourceNodes;
  readonly reports: Reports;
  /** Whether the read model has the run closed. */
  readonly isClosed: (executionId: string) => Promise<boolean>;
  /** The run is found to be over. */
  readonly onOver: (executionId: string) => void;
  /** FLOW_EXECUTION_TOKEN_SECRET. */
  readonly tokenSecret: string;
  /** Bounds of every run started from now on. */
  readonly limits: RunLimits;
  readonly atFaultPoint: AtExecutorFaultPoint;
  readonly now: () => number;
  readonly logger: Pick<Logger, 'warn' | 'debug'>;
};

/** A start that was asked for, and where in the log it stands. */
type RequestedStart = {
  readonly event: ExecutionRequested;
  readonly partition: number;
  readonly offset: number;
  /** Place in the trace that the run belongs to. */
  readonly traceparent: string | null;
  /** False once the run is known to be closed: a start not yet made must not be made. */
  readonly stillWanted: () => boolean;
};

/** A start this old may be a repeat, or have waited out an outage: then the read model is asked whether it is over. */
const ASK_AFTER_MS = 5000;

/** `ce_flowsdepth` of what a run publishes: one more than of the record that started it; 0 where that had none. */
const eventDepthOf = ({ trigger }: ExecutionRequested['data']): number => (trigger?.depth ?? -1) + 1;

/**
 * Starts a run in the engine and reports it. Repeating it is harmless: the execution id is the workflow id, and a
 * report made twice is recognised.
 *
 * @returns what happened; a start that can never succeed is reported as a failed run
 * @throws CallAbandoned on `signal`
 */
export async function startRun(
  ports: StartRunPorts,
  start: RequestedStart,
  signal: AbortSignal,
): Promise<StartOutcome | 'failed'> {
  const { event } = start;
  const scope = scopeOf(event);
  const cause = causeOf(start);
  const age = ports.now() - event.meta.occurredAt;
  if (!start.stillWanted()) return 'not-wanted';
  if (age > ASK_AFTER_MS) {
    if (await retryWhileUnavailable(() => ports.isClosed(scope.executionId), signal)) return 'not-wanted';
  }
  if (event.data.triggerType === 'cron') return confirmScheduled(ports, start, signal);
  const ref = { ...scope, version: event.data.version };
  const definition = await ports.versions.load(ref, start.partition, start.offset, signal);
  if (definition === undefined) {
    return fail(ports, start, 'FlowDefinitionNotFound', 'The version to run does not exist.', signal);
  }
  const { maxStateBytes = DEFAULT_LIMITS.maxStateBytes } = ports.limits;
  const reuse = await reuseOfSource(ports.sources, maxStateBytes, start, definition, signal);
  if (reuse === 'too-large') {
    const message = `What the retry reuses is larger than the state of a run may be, ${maxStateBytes} bytes.`;
    return fail(ports, start, 'StateTooLarge', message, signal);
  }
  if (reuse === 'gone') {
    return fail(ports, start, 'RETRY_SOURCE_GONE', 'What the retried execution has left is not kept any more.', signal);
  }
  const run = { ...runInput(ports, start), ...(reuse === undefined ? {} : { reuse }) };
  let outcome: StartOutcome;
  // Only the engine's own refusal fails the run: a report that cannot be made says nothing about one that is started.
  try {
    outcome = await ports.engine.start({ run, definition, cause }, start.stillWanted, signal);
  } catch (error) {
    if (engineFaultKind(error) !== 'permanent') throw error;
    ports.logger.warn({ ...causeFields(cause), ...scope, err: error }, 'the engine refuses a run for good');
    return fail(ports, start, 'ENGINE_REFUSED', messageOf(error), signal);
  }
  if (outcome === 'not-wanted') return outcome;
  ports.atFaultPoint('executor-after-start-exit');
  await ports.reports.started(scope, ports.now(), cause, signal);
  return outcome;
}

/** The engine has started it, and it waited to be admitted: nothing is left but to say so. */
async function confirmScheduled(
  ports: StartRunPorts,
  start: RequestedStart,
  signal: AbortSignal,
): Promise<StartOutcome | 'failed'> {
  const scope = scopeOf(start.event);
  const standing = await ports.engine.standing(scope.executionId, signal);
  if (standing.state === 'missing') {
    return fail(ports, start, 'ENGINE_LOST', 'The engine does not have the run any more.', signal);
  }
  await ports.reports.started(scope, standing.startedAt, causeOf(start), signal);
  // It may have ended before the log had it, when there was nothing to close.
  if (standing.state === 'over') ports.onOver(scope.executionId);
  return 'started';
}

const causeOf = ({ event, traceparent }: RequestedStart): Cause => ({
  correlationId: event.meta.correlationId,
  traceparent,
});

function runInput(ports: StartRunPorts, start: RequestedStart): RunInput {
  const { event, partition, offset, traceparent } = start;
  const { tenantId, workspaceId } = event.meta;
  const { flowId, executionId, version, triggerType } = event.data;
  const ids = { tenantId, workspaceId, flowId, flowVersion: String(version), executionId };
  return {
    envelope: vouchedEnvelope(ports.tokenSecret, ids),
    triggerType,
    input: JSON.parse(event.data.input) as JsonObject,
    limits: ports.limits,
    requestedAt: { partition, offset },
    origin: {
      correlationId: event.meta.correlationId,
      eventDepth: eventDepthOf(event.data),
      ...traceHeader(traceparent),
    },
  };
}

async function fail(
  ports: StartRunPorts,
  start: RequestedStart,
  code: string,
  message: string,
  signal: AbortSignal,
): Promise<'failed'> {
  const { event } = start;
  const failure = { nodeId: null, code, message };
  const closed = {
    status: 'Failed',
    startedAt: null,
    closedAt: ports.now(),
    result: null,
    failure,
    nodes: null,
  } as const;
  await ports.reports.closed(scopeOf(event), closed, causeOf(start), signal);
  return 'failed';
}
