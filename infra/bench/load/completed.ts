/** Runs that one side has completed. Times by `performance.now()`. */
export type Completed = {
  readonly ids: readonly string[];
  /** When the first was asked for. */
  readonly startedAt: number;
  /** When each was seen to have ended, in the order of the ends. */
  readonly endedAt: readonly number[];
  /** Transactions that only the looking cost. */
  readonly looks: number;
};

/** The last runs end with ever fewer beside them: only these many of all are waited for. */
const MEASURED_SHARE = 0.95;

/** Runs a second until 95 % of them have ended. @throws RangeError without runs */
export function completedPerSecond({ startedAt, endedAt }: Completed): number {
  const count = Math.ceil(endedAt.length * MEASURED_SHARE);
  const last = endedAt[count - 1];
  if (last === undefined) throw new RangeError('no runs to take a rate of');
  return count / ((last - startedAt) / 1000);
}
