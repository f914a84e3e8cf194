import type { Json } from '@flowplane/contracts';
import { finalError, retryableError } from '../task-error.js';
import type { HttpAnswer } from '../outbound/http-exchange.js';
import { retryAfterMs } from '../outbound/retry-after.js';

/**
 * Makes a failure of a status that the author lists: one that may pass is tried again, after the delay that the server asks
 * for.
 *
 * @param failOn statuses, and classes such as `5xx`
 * @throws TaskError `UPSTREAM_UNAVAILABLE`, `CLIENT_ERROR`
 */
export function requireStatus({ status, headers }: HttpAnswer, failOn: readonly Json[], nowMs: number): void {
  if (!failOn.some((one) => one === status || one === `${Math.floor(status / 100)}xx`)) return;
  const message = `The server answered with status ${status}.`;
  if (status !== 408 && status !== 429 && status < 500) throw finalError('CLIENT_ERROR', message);
  throw retryableError('UPSTREAM_UNAVAILABLE', message, { retryAfterMs: retryAfterMs(headers['retry-after'], nowMs) });
}
