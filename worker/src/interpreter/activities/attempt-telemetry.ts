import type { Info } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { hasTaskType } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import { causeFields, openSpan, type Metrics } from '@flowplane/plumbing/telemetry';
import { TIMEOUT_CODE } from '../timeout.js';
import type { TaskEnvelope } from '../workflow/perform-task.js';

/** What is recorded of an attempt: a span in the run's trace, a count, and a line at level debug. */
export type AttemptTelemetry = {
  readonly observe: <T>(
    envelope: TaskEnvelope,
    info: Pick<Info, 'attempt'>,
    /** @param traceparent place of the attempt in the trace, for what the task causes */
    work: (traceparent: string | null) => Promise<T>,
  ) => Promise<T>;
  /** What names the attempt in a log line. */
  readonly fieldsOf: (envelope: TaskEnvelope) => Readonly<Record<string, unknown>>;
};

/** One that only the engine sees failing (its worker died) is in no count. */
type Outcome = 'completed' | 'failed' | 'timed_out' | 'cancelled';

export function makeAttemptTelemetry(metrics: Metrics, logger: Pick<Logger, 'debug'>): AttemptTelemetry {
  const attempts = metrics.counter({
    name: 'flows_task_attempts_total',
    help: 'Attempts of tasks that ended in this worker, by task type and outcome.',
    labels: ['task_type', 'outcome'],
  });
  return {
    fieldsOf,
    observe: async (envelope, { attempt }, work) => {
      const startedAt = Date.now();
      const { executionId, flowId } = tenantOf(envelope);
      const span = openSpan({
        name: `task ${labelOf(envelope)}`,
        kind: 'internal',
        parent: envelope.origin?.traceparent ?? null,
        attributes: {
          'flowplane.correlation_id': correlationIdOf(envelope),
          ...{ 'flowplane.execution_id': executionId, 'flowplane.flow_id': flowId },
          ...{ 'flowplane.node_id': envelope.nodeId, 'flowplane.attempt': attempt },
        },
      });
      const tell = (outcome: Outcome, error?: unknown): void => {
        attempts.inc({ task_type: labelOf(envelope), outcome });
        span.set({ 'flowplane.outcome': outcome });
        span.end(error);
        const code = error instanceof ApplicationFailure ? { code: error.type } : {};
        const durationMs = Date.now() - startedAt;
        logger.debug({ ...fieldsOf(envelope), attempt, outcome, ...code, durationMs }, 'an attempt ended');
      };
      try {
        const output = await work(span.traceparent);
        tell('completed');
        return output;
      } catch (thrown) {
        tell(outcomeOf(thrown), thrown);
        throw thrown;
      }
    },
  };
}

function outcomeOf(thrown: unknown): Outcome {
  if (thrown instanceof CancelledFailure) return 'cancelled';
  return thrown instanceof ApplicationFailure && thrown.type === TIMEOUT_CODE ? 'timed_out' : 'failed';
}

/** Types that no catalogue has are the authors' to invent: they share one label. */
const labelOf = ({ taskType }: TaskEnvelope): string => (hasTaskType(taskType) ? taskType : '{unknown}');

/** The envelope is not checked yet: it may be anything. */
const tenantOf = (envelope: TaskEnvelope): Partial<TaskEnvelope['tenant']> => envelope.tenant ?? {};

const correlationIdOf = (envelope: TaskEnvelope): string =>
  envelope.origin?.correlationId ?? tenantOf(envelope).executionId ?? 'none';

function fieldsOf(envelope: TaskEnvelope): Readonly<Record<string, unknown>> {
  const { executionId, flowId } = tenantOf(envelope);
  const cause = { correlationId: correlationIdOf(envelope), traceparent: envelope.origin?.traceparent ?? null };
  return { ...causeFields(cause), executionId, flowId, nodeId: envelope.nodeId, taskType: envelope.taskType };
}
