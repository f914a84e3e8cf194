/** Median and range of the repetitions of one figure. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number };

/** What many single measurements say together; same unit as they have. */
export type Distribution = {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
};

/**
 * Value below which the share `q` (0 to 1) of the values lies, by the nearest rank: always one that was measured.
 *
 * @throws RangeError without values
 */
export function percentile(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort();
  const rank = Math.min(sorted.length, Math.max(1, Math.ceil(q * sorted.length)));
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError('no values to take a percentile of');
  return value;
}

/** @throws RangeError without values */
export function distributionOf(values: readonly number[]): Distribution {
  return {
    count: values.length,
    p50: percentile(values, 0.5),
    p95: percentile(values, 0.95),
    p99: percentile(values, 0.99),
    max: percentile(values, 1),
  };
}

/** Takes `count` values, one after the other. */
export async function sampled(count: number, once: (index: number) => Promise<number>): Promise<Distribution> {
  const values: number[] = [];
  for (let index = 0; index < count; index++) values.push(await once(index));
  return distributionOf(values);
}

/**
 * Median (the mean of the middle two when even) and range.
 *
 * @throws RangeError without values
 */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1];
  const high = sorted[Math.floor(middle)];
  if (low === undefined || high === undefined) throw new RangeError('no values to take a median of');
  return { median: (low + high) / 2, min: sorted[0] as number, max: sorted[sorted.length - 1] as number };
}
