import type { JsonObject } from '@flowplane/contracts';
import { input, jsonText } from '../inputs.js';
import { inputFailure } from '../step-failure.js';

const UNITS_MS: readonly (readonly [suffix: string, ms: number])[] = [
  ['nanos', 1e-6],
  ['micros', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
];

/**
 * The `delay` of a noop in milliseconds, 0 without one. Pure: a run may wait by itself, since the delay does not count
 * for the node's time.
 *
 * @throws StepFailure when it is no time value
 */
export function noopDelayMs(inputs: JsonObject): number {
  const delay = input(inputs, 'delay');
  if (delay === undefined) return 0;
  const text = jsonText(delay).trim();
  if (text === '0') return 0;
  const unit = UNITS_MS.find(([suffix]) => text.toLowerCase().endsWith(suffix));
  const number = unit === undefined ? '' : text.slice(0, -unit[0].length);
  if (unit === undefined || !/^\d{1,15}$/.test(number)) {
    throw inputFailure(`failed to parse setting [delay] with value [${text}] as a time value`);
  }
  return Math.floor(Number(number) * unit[1]);
}
