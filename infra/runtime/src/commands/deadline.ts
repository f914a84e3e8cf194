/** How long an answer waits; times in ms. */
export type Deadline = {
  readonly leftMs: () => number;
  readonly expired: Promise<undefined>;
  readonly stop: () => void;
};

export function startDeadline(waitMs: number, now: () => number): Deadline {
  const end = now() + waitMs;
  let timer: NodeJS.Timeout | undefined;
  let settle: () => void = () => {};
  const expired = new Promise<undefined>((resolve) => {
    settle = () => resolve(undefined);
    timer = setTimeout(settle, waitMs);
  });
  return {
    leftMs: () => Math.max(0, end - now()),
    expired,
    stop: () => {
      clearTimeout(timer);
      settle();
    },
  };
}
