import { send, type Answer, type CallOptions } from './api-client.js';

/** Runs `work` for 0 … count-1, at most `concurrency` of them at a time. @returns the results by index */
export async function inParallel<T>(
  count: number,
  concurrency: number,
  work: (index: number) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, concurrency) }, lane));
  return results;
}

/** An answer, and how many requests it took. */
export type Persisted<Body> = Answer<Body> & { readonly attempts: number };

const PAUSE_MS = 150;

/**
 * What a careful client does: the same request under the same Idempotency-Key, again and again, at one base url after
 * the other, until somebody answers it. No answer and every 5xx count as not answered.
 */
export async function sendUntilAnswered<Body>(
  baseUrls: readonly string[],
  method: string,
  path: string,
  options: CallOptions & { readonly idempotencyKey: string; readonly deadlineMs?: number },
): Promise<Persisted<Body>> {
  const { idempotencyKey, deadlineMs = 90_000, headers, ...rest } = options;
  const deadline = Date.now() + deadlineMs;
  let last: unknown;
  for (let attempts = 1; Date.now() < deadline; attempts += 1) {
    const baseUrl = baseUrls[attempts % baseUrls.length] as string;
    try {
      const answer = await send<Body>(baseUrl + path, method, {
        timeoutMs: 15_000,
        ...rest,
        headers: { ...headers, 'idempotency-key': idempotencyKey },
      });
      if (answer.status < 500) return { ...answer, attempts };
      last = `${answer.status} ${JSON.stringify(answer.body)}`;
    } catch (cause) {
      last = cause;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS + Math.random() * PAUSE_MS));
  }
  throw new Error(`${method} ${path} was not answered in ${deadlineMs} ms`, { cause: last });
}
