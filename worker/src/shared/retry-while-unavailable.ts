import { keepTrying } from '@flowplane/plumbing/periodic';
import { isMissingSchema, isUnavailable } from '@flowplane/plumbing/postgres';

/**
 * Repeats a database call for as long as the server is away, or its schema is not there yet (the owner of the tables
 * migrates at its own boot).
 *
 * @throws CallAbandoned on `signal`; anything that is not an outage
 */
export function retryWhileUnavailable<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const isCurable = (cause: unknown): boolean => isUnavailable(cause) || isMissingSchema(cause);
  return keepTrying(call, { backoff: { firstMs: 50, maxMs: 2000 }, signal, isCurable });
}
