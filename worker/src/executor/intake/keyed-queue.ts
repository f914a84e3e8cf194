/** Runs tasks of one key one after the other, of different keys concurrently. */
export type KeyedQueue = {
  /** @returns what the task returns; a task that throws does not hold up the next one of its key */
  readonly run: <T>(key: string, task: () => Promise<T>) => Promise<T>;
  /** Keys with work in hand or waiting. */
  readonly size: () => number;
};

export function makeKeyedQueue(): KeyedQueue {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run: (key, task) => {
      const before = tails.get(key) ?? Promise.resolve();
      const result = before.then(task);
      const tail = result.then(
        () => undefined,
        () => undefined,
      );
      tails.set(key, tail);
      void tail.then(() => {
        if (tails.get(key) === tail) tails.delete(key);
      });
      return result;
    },
    size: () => tails.size,
  };
}
