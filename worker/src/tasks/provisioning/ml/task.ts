import type { JsonObject } from '@flowplane/contracts';
import { ask, shownMessage } from '../opensearch/ask.js';
import { segment } from '../opensearch/names.js';
import type { StepCall } from '../step.js';
import { backendFailure, StepFailure } from '../step-failure.js';
import { mlPath } from './ml.js';

/**
 * Looks at a task of ML Commons, at once and then every `taskPollMs`, until it has ended (provisioning 11). The node's
 * time, which the signal has, is the only bound.
 *
 * @param what of the messages: `Deploy model`
 * @returns the completed task @throws StepFailure for every other end
 */
export async function completedTask(call: StepCall, taskId: string, what: string): Promise<JsonObject> {
  for (;;) {
    const task = await readTask(call, taskId, what);
    switch (task['state']) {
      case 'COMPLETED':
        return task;
      case 'FAILED':
      case 'COMPLETED_WITH_ERROR': {
        const error = `${what} failed with error : ${errorText(task)}`;
        throw backendFailure(shownMessage(call.inputs, error), 400);
      }
      case 'CANCELLED':
        throw backendFailure(`${what} task was cancelled.`, 408);
      default:
        await call.sleep(call.taskPollMs, call.signal);
    }
  }
}

async function readTask(call: StepCall, taskId: string, what: string): Promise<JsonObject> {
  const failure = `${what} failed`;
  try {
    return await ask(call, { method: 'GET', path: mlPath(`tasks/${segment(taskId)}`), failure });
  } catch (thrown) {
    if (!(thrown instanceof StepFailure)) throw thrown;
    // The task goes on, whatever became of this look at it.
    throw backendFailure(failure, 400, { cause: thrown, isOutcomeUnknown: true });
  }
}

/** One text, or a JSON text that has one by node id. */
const errorText = ({ error }: JsonObject): string =>
  typeof error === 'string' ? error : error === undefined ? 'null' : JSON.stringify(error);
