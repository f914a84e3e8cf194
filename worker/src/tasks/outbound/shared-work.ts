/** Work that several callers wait for, by key: done once for all who ask until it is over. */
export type SharedWork<T> = (
  key: string,
  /** Of one caller. The work is given up when every caller has gone. */
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
) => Promise<T>;

type Running<T> = { readonly result: Promise<T>; readonly left: AbortController; waiting: number };

export function makeSharedWork<T>(): SharedWork<T> {
  const running = new Map<string, Running<T>>();
  const begin = (key: string, work: (signal: AbortSignal) => Promise<T>): Running<T> => {
    const left = new AbortController();
    const result = work(left.signal);
    const one: Running<T> = { result, left, waiting: 0 };
    running.set(key, one);
    const over = (): void => {
      if (running.get(key) === one) running.delete(key);
    };
    result.then(over, over);
    return one;
  };
  return (key, signal, work) => {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const one = running.get(key) ?? begin(key, work);
    one.waiting += 1;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        reject(signal.reason as Error);
        one.waiting -= 1;
        if (one.waiting > 0) return;
        // Who comes from now on begins anew.
        if (running.get(key) === one) running.delete(key);
        one.left.abort();
      };
      signal.addEventListener('abort', leave, { once: true });
      one.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  };
}
