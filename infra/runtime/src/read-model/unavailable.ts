import { Refusal, refusal } from '@flowplane/plumbing/http';
import { isUnavailable } from '@flowplane/plumbing/postgres';

/** What a database answers. @throws Refusal 503 STORE_UNAVAILABLE while it cannot be reached; any other cause as it is */
export const orUnavailable = <T>(answer: Promise<T>): Promise<T> => refusing(answer, isUnavailable);

/** What a database answers. @throws Refusal 503 STORE_UNAVAILABLE for whatever fails: the statement is known to be right */
export const stored = <T>(answer: Promise<T>): Promise<T> => refusing(answer, () => true);

async function refusing<T>(answer: Promise<T>, isOutage: (cause: unknown) => boolean): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof Refusal || !isOutage(cause)) throw cause;
    throw Object.assign(refusal('STORE_UNAVAILABLE', { retryAfterSeconds: 1 }), { cause });
  }
}
