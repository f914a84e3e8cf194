import { keepTrying } from '@flowplane/plumbing/periodic';
import { isStoreFault } from '@flowplane/plumbing/postgres';

/**
 * Repeats a call of a store of our own for as long as the store is at fault: away, full, out of memory, not migrated yet
 * (the owner of the tables does so at its own boot).
 *
 * @throws CallAbandoned on `signal`; what is about the data of the call
 */
export function retryWhileUnavailable<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return keepTrying(call, { backoff: { firstMs: 50, maxMs: 2000 }, signal, isCurable: isStoreFault });
}
