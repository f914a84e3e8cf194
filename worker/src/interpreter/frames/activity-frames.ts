import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { NodeFacts } from '@flowplane/contracts';
import type { Context, Info } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';
import type { TaskEnvelope } from '../workflow/perform-task.js';
import type { AttemptMemory } from './attempt-memory.js';
import type { AtWorkerFaultPoint } from './fault-points.js';
import type { FrameEmitter } from './frame-emitter.js';
import { runOfTask } from './frame-run.js';
import { nextAttemptAt } from './next-attempt.js';
import { commitNode, emitLog, emitNode } from './node-frames.js';
import type { UntilKept } from './until-kept.js';
import { engineRetries, taskTiming } from '../workflow/task-options.js';
import type { FrameRun } from '../workflow/frame-sinks.js';

/**
 * Tells every attempt of a task: its start, and how it ended. The log has the end of a task before the engine has it, as
 * far as `untilKept` waits. Never changes what the attempt does.
 */
export function makeActivityFrames(
  emitter: FrameEmitter,
  attempts: AttemptMemory,
  untilKept: UntilKept,
  atFaultPoint?: AtWorkerFaultPoint,
): ActivityInterceptorsFactory {
  return (context: Context) => ({ inbound: attemptFrames(emitter, attempts, untilKept, atFaultPoint, context) });
}

function attemptFrames(
  emitter: FrameEmitter,
  attempts: AttemptMemory,
  untilKept: UntilKept,
  atFaultPoint: AtWorkerFaultPoint | undefined,
  context: Context,
): ActivityInboundCallsInterceptor {
  const { info } = context;
  return {
    execute: async (input, next) => {
      if (info.isLocal) return next(input);
      const [envelope] = input.args as [TaskEnvelope | undefined];
      const run = runOfTask(envelope);
      if (envelope === undefined || run === undefined) return next(input);
      const { activityId: nodeId } = info;
      const attemptNumber = info.attempt + (envelope.attemptsBefore ?? 0);
      const startedAt = Date.now();
      const base = { run, nodeId, attemptNumber, startedAt };
      const facts = envelope.decided === undefined ? undefined : { decided: envelope.decided };
      attempts.note(run.executionId, nodeId, attemptNumber);
      if (attemptNumber === 1) {
        const params = JSON.stringify(envelope.params);
        emitNode(emitter, { ...base, status: 'started', completedAt: null, input: params });
      } else {
        emitNode(emitter, { ...base, status: 'retrying', completedAt: null });
      }
      try {
        const output = await next(input);
        atFaultPoint?.('worker-after-effect-exit');
        const end = { status: 'completed', completedAt: Date.now(), output: JSON.stringify(output) } as const;
        await untilKept(commitNode(emitter, { ...base, ...end, facts }), context, startedAt);
        atFaultPoint?.('worker-after-journal-exit');
        if (atFaultPoint) setImmediate(atFaultPoint, 'worker-before-completion-exit');
        return output;
      } catch (thrown) {
        await untilKept(
          tellFailure(emitter, { ...base, facts }, withPolicy(info, envelope), thrown),
          context,
          startedAt,
        );
        throw thrown;
      }
    },
  };
}

type Attempt = {
  readonly run: FrameRun;
  readonly nodeId: string;
  readonly attemptNumber: number;
  readonly startedAt: number;
  /** What the frame that ends the task also holds. */
  readonly facts: NodeFacts | undefined;
};

/** @returns of the failure that ends its task: whether the log has it, once that is known; undefined of others */
function tellFailure(
  emitter: FrameEmitter,
  attempt: Attempt,
  info: Info,
  thrown: unknown,
): Promise<boolean> | undefined {
  // The run is being cancelled, or this worker ends and another one will repeat the attempt: no failure of the node.
  if (thrown instanceof CancelledFailure) return undefined;
  const failure = ApplicationFailure.fromError(thrown);
  const { message } = failure;
  const code = failure.type ?? 'INTERNAL_ERROR';
  const { run, nodeId, attemptNumber } = attempt;
  const error = { code, message, stack: null };
  const line = { nodeId, message };
  emitLog(emitter, run, { ...line, level: 'warn', id: `attempt-${attemptNumber}` });
  const final = failure.nonRetryable === true || isLast(info, code);
  const completedAt = Date.now();
  if (final) {
    const kept = commitNode(emitter, { ...attempt, status: 'failed', completedAt, error });
    emitLog(emitter, run, { ...line, level: 'error', id: 'final' });
    return kept;
  }
  const due = nextAttemptAt(info, failure, completedAt);
  const failed = { ...attempt, status: 'retrying', completedAt, error, nextAttemptAt: due } as const;
  // No time is left for another attempt: this is the end of the task, though the engine has yet to say so.
  if (due === undefined) return commitNode(emitter, failed);
  emitNode(emitter, { ...failed, facts: undefined });
  return undefined;
}

/** An attempt that was handed out with the answer to its workflow task comes without its policy: it is the node's. */
const withPolicy = (info: Info, { nodeId, node }: TaskEnvelope): Info =>
  info.retryPolicy === undefined ? { ...info, retryPolicy: engineRetries(taskTiming(nodeId, node.retryPolicy)) } : info;

/** Whether the engine will try no further, as far as the retry policy alone tells. */
function isLast({ attempt, retryPolicy }: Info, code: string): boolean {
  const { maximumAttempts = 0, nonRetryableErrorTypes = [] } = retryPolicy ?? {};
  return (maximumAttempts > 0 && attempt >= maximumAttempts) || nonRetryableErrorTypes.includes(code);
}
