/** Something that took from `from` to `to`, in epoch ms. */
export type Span = { readonly from: number; readonly to: number };

/** A time at which nothing ran, drawn short. Both ends in epoch ms; `at` is its place from 0 to 1. */
export type Gap = Span & { readonly at: number };

export type TimelineScale = {
  /** Place of a time: 0 at the beginning, 1 at the end. */
  readonly place: (time: number) => number;
  /** What was drawn shorter than it was. */
  readonly gaps: readonly Gap[];
};

/** A pause is drawn short when it is longer than this part of all that is busy, */
const LONG_PAUSE = 0.25;
/** and than this. */
const LONG_PAUSE_MS = 5_000;
/** How long such a pause is drawn, as a part of all that is busy. */
const DRAWN_PAUSE = 0.06;

/**
 * Places times on a line so that what ran can be told apart beside hours of waiting: pauses between busy times (waits,
 * approvals, back-off) are drawn short, and said to be.
 *
 * @param busy when something ran, in any order
 * @param whole the run from its beginning to its end, or to now
 */
export function timelineScale(busy: readonly Span[], whole: Span): TimelineScale {
  const merged = mergedSpans(busy, whole);
  const busyMs = merged.reduce((sum, { from, to }) => sum + to - from, 0) || 1;
  const stretches: { readonly from: number; readonly to: number; readonly length: number; readonly isGap: boolean }[] =
    [];
  let at = whole.from;
  const pause = (to: number): void => {
    const isGap = to - at > Math.max(busyMs * LONG_PAUSE, LONG_PAUSE_MS);
    if (to > at) stretches.push({ from: at, to, length: isGap ? busyMs * DRAWN_PAUSE : to - at, isGap });
  };
  for (const { from, to } of merged) {
    pause(from);
    if (to > from) stretches.push({ from, to, length: to - from, isGap: false });
    at = Math.max(at, to);
  }
  pause(whole.to);
  const total = stretches.reduce((sum, { length }) => sum + length, 0) || 1;
  let length = 0;
  const before = stretches.map((stretch) => {
    const sum = length;
    length += stretch.length;
    return sum;
  });
  const place = (time: number): number => {
    const at = firstBehind(stretches, time);
    const stretch = stretches[at];
    if (stretch === undefined) return 1;
    const part = (time - stretch.from) / (stretch.to - stretch.from);
    return ((before[at] ?? 0) + Math.max(0, part * stretch.length)) / total;
  };
  const gaps = stretches
    .filter(({ isGap }) => isGap)
    .map(({ from, to }) => ({ from, to, at: (place(from) + place(to - 0.001)) / 2 }));
  return { place, gaps };
}

/** Index of the first stretch that ends behind a time. They are in order. */
function firstBehind(stretches: readonly Span[], time: number): number {
  let [low, high] = [0, stretches.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time < (stretches[middle]?.to ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Where pauses are marked on the line. Pauses that are too near to be told apart have one mark. */
export type PauseMark = { readonly at: number; readonly count: number; readonly ms: number };

/** Marks are at least this far from each other, as a part of the line. */
const MARKS_APART = 0.01;

export function pauseMarks(gaps: readonly Gap[]): readonly PauseMark[] {
  const marks: PauseMark[] = [];
  for (const { from, to, at } of gaps) {
    const last = marks.at(-1);
    if (last === undefined || at - last.at >= MARKS_APART) marks.push({ at, count: 1, ms: to - from });
    else marks[marks.length - 1] = { at: last.at, count: last.count + 1, ms: last.ms + to - from };
  }
  return marks;
}

/** Without overlaps, in order, cut to the whole. */
function mergedSpans(spans: readonly Span[], whole: Span): Span[] {
  const merged: { from: number; to: number }[] = [];
  const cut = spans
    .map(({ from, to }) => ({ from: Math.max(from, whole.from), to: Math.min(to, whole.to) }))
    .filter(({ from, to }) => to >= from)
    .sort((a, b) => a.from - b.from);
  for (const span of cut) {
    const last = merged.at(-1);
    if (last !== undefined && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else merged.push({ ...span });
  }
  return merged;
}
