/** One field of a cron expression: its legal values and, for months and weekdays, their names. */
export type CronField = {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Number of its different values: a wider step would leave one of them. */
  readonly width: number;
  /** Names of the values from `min` on, upper case. */
  readonly names: readonly string[];
  /** `?` may stand for `*` (the two day fields). */
  readonly questionMark: boolean;
};

/** Values of a field, ascending, and whether it restricts anything at all. */
export type CronFieldValues = {
  readonly values: readonly number[];
  readonly restricted: boolean;
};

export type CronFieldResult =
  { readonly ok: true; readonly field: CronFieldValues } | { readonly ok: false; readonly reason: string };

/**
 * Parses one field: a comma list of `*`, `n`, `a-b`, each with optional `/step`. `n/step` runs from n to the end.
 * A field is unrestricted when an item is `*` (or `?`) without a step above 1.
 */
export function parseCronField(text: string, field: CronField): CronFieldResult {
  const values = new Set<number>();
  let restricted = true;
  for (const item of text.split(',')) {
    const range = parseItem(item, field);
    if (typeof range === 'string') {
      return { ok: false, reason: range };
    }
    restricted &&= !range.everything;
    for (let value = range.from; value <= range.to; value += range.step) {
      values.add(value);
    }
  }
  return { ok: true, field: { values: [...values].sort((a, b) => a - b), restricted } };
}

type ItemRange = {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly everything: boolean;
};

/** Range of one list item, or the reason why it is none. */
function parseItem(item: string, field: CronField): ItemRange | string {
  const malformed = `${field.name} '${item}' is malformed`;
  const parts = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(item);
  if (parts === null) {
    return malformed;
  }
  const step = parts[2] === undefined ? undefined : Number(parts[2]);
  if (step === 0) {
    return malformed;
  }
  if (step !== undefined && step > field.width) {
    return `${field.name} '${item}' has a step wider than the field, which has ${field.width} values`;
  }
  const span = parts[1] ?? '';
  if (span === '*' || (span === '?' && field.questionMark)) {
    return { from: field.min, to: field.max, step: step ?? 1, everything: (step ?? 1) === 1 };
  }
  const bounds = span.split('-').map((word) => valueOf(word, field));
  const [from, last] = bounds;
  if (bounds.length > 2 || from === undefined || (bounds.length === 2 && last === undefined)) {
    return malformed;
  }
  const to = last === undefined ? (step === undefined ? from : field.max) : upperBound(from, last, span, field);
  if (Math.min(from, to) < field.min || Math.max(from, to) > field.max || from > to) {
    return `${field.name} '${item}' is out of range ${field.min}-${field.max}`;
  }
  return { from, to, step: step ?? 1, everything: false };
}

function valueOf(word: string, field: CronField): number | undefined {
  if (/^\d{1,4}$/.test(word)) {
    return Number(word);
  }
  const named = field.names.indexOf(word.toUpperCase());
  return named >= 0 ? field.min + named : undefined;
}

/** `FRI-SUN` ends on Sunday as day 7, which a number would have to say itself. */
function upperBound(from: number, last: number, span: string, field: CronField): number {
  return from > last && field.names[last - field.min] === 'SUN' && /-SUN$/i.test(span) ? 7 : last;
}
