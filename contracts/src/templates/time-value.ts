const UNITS_MS: readonly (readonly [suffix: string, ms: number])[] = [
  ['nanos', 1e-6],
  ['micros', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
];

/** Longest time value that is kept: ten years. A longer one means the same. */
const MAX_MS = 3650 * 86_400_000;

export type TimeValue =
  | { readonly ok: true; /** Whole milliseconds, down; negative as sent; -1 for `-1`. */ readonly ms: number }
  | { readonly ok: false; readonly message: string };

/**
 * The one reader of time values (provisioning 1.2): a whole number with a unit, `0`, or `-1`. Upper case units are the
 * same, except `M`, which is refused: it could mean months.
 *
 * @param setting what the time is for, as the message names it
 */
export function readTimeValue(text: string, setting: string): TimeValue {
  const trimmed = text.trim();
  if (/^-0*1$/.test(trimmed)) {
    return { ok: true, ms: -1 };
  }
  if (/^0+$/.test(trimmed)) {
    return { ok: true, ms: 0 };
  }
  const lower = trimmed.toLowerCase();
  const unit = UNITS_MS.find(([suffix]) => (suffix === 'm' ? trimmed : lower).endsWith(suffix));
  if (unit === undefined) {
    const reason = 'as a time value: unit is missing or unrecognized';
    return { ok: false, message: `failed to parse setting [${setting}] with value [${text}] ${reason}` };
  }
  const number = lower.slice(0, -unit[0].length).trim();
  if (!/^[-+]?\d{1,19}$/.test(number)) {
    const fractional = /^[-+]?\d+\.\d+$/.test(number) ? ', fractional time values are not supported' : '';
    return { ok: false, message: `failed to parse [${text}]${fractional}` };
  }
  return { ok: true, ms: Math.min(MAX_MS, Math.floor(Number(number) * unit[1])) };
}

/** A time as `_steps` shows it: `1m`, `15s`, `1500ms`. */
export function formatTimeValue(ms: number): string {
  const unit = UNITS_MS.toReversed().find(([, unitMs]) => unitMs >= 1 && ms >= unitMs && ms % unitMs === 0);
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`;
}
