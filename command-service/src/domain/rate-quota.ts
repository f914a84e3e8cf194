import { refusedAs, type Decision, type DecisionContext } from './decision.js';
import { limitOf } from './limits.js';
import { countAt, secondsUntilBelow, type RateWindow } from './rate-window.js';
import type { TenantState } from './tenant-state.js';

type RateDimension = 'flow_starts_per_minute' | 'flow_signal_rate_per_minute';

/** 429 of a rate, with the seconds until one more fits; undefined while one does. */
export function deniedByRate(
  state: TenantState,
  window: RateWindow,
  dimension: RateDimension,
  subject: { readonly flowId: string; readonly executionId: string },
  context: DecisionContext,
): Decision | undefined {
  const { now } = context;
  const limit = limitOf(state, dimension, context);
  if (countAt(window, now) < limit) return undefined;
  const retryAfterSeconds = secondsUntilBelow(window, now, limit);
  return refusedAs('QUOTA_EXCEEDED', subject, { dimension, retryAfterSeconds });
}
