/** How long something is waited for; times in ms. */
export type Deadline = {
  readonly leftMs: () => number;
  /** Resolves when the time is up, or with `stop`. */
  readonly expired: Promise<undefined>;
  readonly stop: () => void;
};

export function startDeadline(waitMs: number): Deadline {
  const end = Date.now() + waitMs;
  let stop: () => void = () => {};
  const expired = new Promise<undefined>((resolve) => {
    const timer = setTimeout(resolve, waitMs, undefined);
    stop = () => {
      clearTimeout(timer);
      resolve(undefined);
    };
  });
  return { leftMs: () => Math.max(0, end - Date.now()), expired, stop };
}
