import type { Context, Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Metrics } from '@flowplane/plumbing/telemetry';
import { TASK_MOVED, type MovedTask } from '../../shared/moved-task.js';
import type { TaskEnvelope } from '../workflow/perform-task.js';
import { makeTaskPlaces } from '../../shared/task-places.js';

/** Short tasks come and go in that time: only what lasts is moved. */
const WAIT_MS = 500;
/** An attempt waits for at most this part of its time, and of the time in which it has to give a sign of life. */
const PART_OF_ATTEMPT = 20;

/**
 * Has the attempts of one task queue share the worker's places by tenant. One that gets none fails as `TASK_MOVED`, before
 * it reports or does anything.
 *
 * @param places as many as the worker takes attempts of that queue at once
 */
export function makeSharedPlaces(taskQueue: string, places: number, metrics: Metrics): ActivityInterceptorsFactory {
  const shared = makeTaskPlaces(places);
  const moved = metrics.counter({
    name: 'flows_tasks_moved_total',
    help: 'Attempts of tasks that went to the overflow queue, since their tenant held its share of the places.',
  });
  return ({ info }: Context) => ({
    inbound: {
      execute: async (input, next) => {
        if (info.isLocal || info.taskQueue !== taskQueue) return next(input);
        const [envelope] = input.args as [TaskEnvelope | undefined];
        const waitMs = envelope?.mayMove === true ? longestWaitMs(info) : 0;
        const giveBack = await shared.take(envelope?.tenant?.tenantId ?? '', waitMs);
        if (giveBack === undefined && envelope?.mayMove === true) {
          moved.inc();
          throw movedFailure(info);
        }
        try {
          return await next(input);
        } finally {
          giveBack?.();
        }
      },
    },
  });
}

const longestWaitMs = ({ startToCloseTimeoutMs, heartbeatTimeoutMs = startToCloseTimeoutMs }: Info): number =>
  Math.min(WAIT_MS, Math.min(startToCloseTimeoutMs, heartbeatTimeoutMs) / PART_OF_ATTEMPT);

function movedFailure({ attempt }: Info): ApplicationFailure {
  const detail: MovedTask = { attemptsBefore: attempt - 1 };
  const message = 'The tenant holds its share of the places of this worker.';
  const failure = ApplicationFailure.create({ message, type: TASK_MOVED, nonRetryable: true, details: [detail] });
  // It is in the history of the run; a place in the worker's code is no use there.
  failure.stack = `${failure.name}: ${message}`;
  return failure;
}
