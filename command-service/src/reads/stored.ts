import { Refusal, refusal } from '@flowplane/plumbing/http';

const RETRY_AFTER_S = 2;

/** What the state database answers. @throws Refusal 503 STORE_UNAVAILABLE where it does not */
export async function stored<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw refusal('STORE_UNAVAILABLE', { retryAfterSeconds: RETRY_AFTER_S });
  }
}
