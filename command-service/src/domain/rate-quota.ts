import { refusedAs, type Decision, type DecisionContext } from './decision.js';
import { countAt, secondsUntilBelow, type RateWindow } from './rate-window.js';

type RateDimension = 'flow_starts_per_minute' | 'flow_signal_rate_per_minute';

/** 429 of a rate, with the seconds until one more fits; undefined while one does. */
export function deniedByRate(
  window: RateWindow,
  dimension: RateDimension,
  subject: { readonly flowId: string; readonly executionId: string },
  { now, limits }: DecisionContext,
): Decision | undefined {
  const limit = limits[dimension];
  if (countAt(window, now) < limit) return undefined;
  const retryAfterSeconds = secondsUntilBelow(window, now, limit);
  return refusedAs('QUOTA_EXCEEDED', subject, { dimension, retryAfterSeconds });
}
