import { readTimeValue, type JsonObject } from '@flowplane/contracts';
import { input, jsonText } from '../inputs.js';
import { inputFailure } from '../step-failure.js';

/**
 * The `delay` of a noop in milliseconds, 0 without one. Pure: a run may wait by itself, since the delay does not count
 * for the node's time.
 *
 * @throws StepFailure when it is no time value, or negative
 */
export function noopDelayMs(inputs: JsonObject): number {
  const delay = input(inputs, 'delay');
  if (delay === undefined) return 0;
  const text = jsonText(delay);
  const time = readTimeValue(text, 'delay');
  if (!time.ok) throw inputFailure(time.message);
  if (time.ms < 0) throw inputFailure(`failed to parse setting [delay] with value [${text}]: it is negative`);
  return time.ms;
}
