/** Lets at most `max` pieces of work run at once; the others wait in order. */
export type Limiter = { readonly run: <T>(work: () => Promise<T>) => Promise<T> };

export function makeLimiter(max: number): Limiter {
  const waiting: (() => void)[] = [];
  let running = 0;

  const enter = async (): Promise<void> => {
    if (running < max) {
      running += 1;
      return;
    }
    // The place is handed over by `leave`, so nobody can slip in between.
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };

  return {
    run: async (work) => {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
