import type { OverlapPolicy, TriggerOptions } from './document.js';
import { DEFAULT_CATCHUP_WINDOW_MS, parseCatchupWindow } from './duration.js';

/** Overlap policies after their two aliases are resolved (flow-language 12.3). */
export type CanonicalOverlap = Exclude<OverlapPolicy, 'allow' | 'buffer'>;

/** `skip` by default, `allow` is `allow_all`, `buffer` is `buffer_one`. */
export function canonicalOverlap(overlap: OverlapPolicy | undefined): CanonicalOverlap {
  switch (overlap) {
    case undefined:
      return 'skip';
    case 'allow':
      return 'allow_all';
    case 'buffer':
      return 'buffer_one';
    default:
      return overlap;
  }
}

/** Options with defaults applied. `catchupWindowMs` is undefined when the text is no duration. */
export type EffectiveTriggerOptions = {
  readonly overlap: CanonicalOverlap;
  readonly catchupWindowMs: number | undefined;
};

export function effectiveTriggerOptions(options: TriggerOptions | undefined): EffectiveTriggerOptions {
  const text = options?.catchupWindow;
  return {
    overlap: canonicalOverlap(options?.overlap),
    catchupWindowMs: text === undefined ? DEFAULT_CATCHUP_WINDOW_MS : parseCatchupWindow(text),
  };
}
