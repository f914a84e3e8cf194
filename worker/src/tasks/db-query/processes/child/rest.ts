/** What a process computes while it has nothing to do. */
export type Rest = {
  /** A call is answered, or the driver is ready. */
  readonly begin: () => void;
  /** A call comes. */
  readonly end: () => void;
  /** Whether it has computed for longer than it may since the rest began. */
  readonly isBroken: () => boolean;
};

/** @param cpuUsage of the process, microseconds */
export function makeRest(maxMs: number, cpuUsage: () => { readonly user: number; readonly system: number }): Rest {
  let from: number | undefined;
  const computedMs = (): number => {
    const { user, system } = cpuUsage();
    return (user + system) / 1000;
  };
  return {
    begin: () => {
      from = computedMs();
    },
    end: () => {
      from = undefined;
    },
    isBroken: () => from !== undefined && computedMs() - from > maxMs,
  };
}
