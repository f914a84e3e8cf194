import { formatTimeValue, MAX_NODE_TIME_MS, readTimeValue, type JsonObject } from '@flowplane/contracts';
import { input, jsonText } from '../inputs.js';
import { inputFailure } from '../step-failure.js';

/**
 * The `delay` of a noop in milliseconds, 0 without one. Pure: a run may wait by itself, since the delay does not count
 * for the node's time.
 *
 * @throws StepFailure when it is no time value, negative or too long
 */
export function noopDelayMs(inputs: JsonObject): number {
  const delay = input(inputs, 'delay');
  if (delay === undefined) return 0;
  const text = jsonText(delay);
  const time = readTimeValue(text, 'delay');
  if (!time.ok) throw inputFailure(time.message);
  const bad = (reason: string): Error =>
    inputFailure(`failed to parse setting [delay] with value [${text}]: ${reason}`);
  if (time.ms < 0) throw bad('it is negative');
  if (time.ms > MAX_NODE_TIME_MS) throw bad(`it is longer than ${formatTimeValue(MAX_NODE_TIME_MS)}`);
  return time.ms;
}
