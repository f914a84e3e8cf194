import { retryAfterMs } from '../outbound/retry-after.js';
import { isUntrusted } from '../outbound/untrusted.js';
import { finalError, isUnreachable, retryableError, TaskError } from '../task-error.js';

/** What an error of the S3 client may have; its message is the server's and is not repeated. */
type ClientFault = {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
};

const FOR_NOW = new Set([429, 502, 503, 504]);

/** A fault of the S3 client as the task's (tasks 3.2). */
export function asStorageError(thrown: unknown, signal: AbortSignal): unknown {
  if (thrown instanceof TaskError || signal.aborted) return thrown;
  const { name, $metadata, $response } = thrown as ClientFault;
  const status = $metadata?.httpStatusCode;
  if (status !== undefined && status >= 300) return byStatus(status, $response?.headers?.['retry-after']);
  if (isUnreachable(thrown) || name === 'TimeoutError' || name === 'RequestTimeout') {
    return retryableError('UPSTREAM_UNAVAILABLE', 'The object store is not reachable.');
  }
  if (isUntrusted(thrown)) {
    return retryableError('UPSTREAM_UNAVAILABLE', 'The object store has a certificate that is not trusted.');
  }
  // An answer that ends early, or that is no answer of S3, has a status that says nothing.
  if (status !== undefined) return finalError('UPSTREAM_ERROR', 'The object store answered what is not S3.');
  return thrown;
}

function byStatus(status: number, retryAfter: string | undefined): TaskError {
  if (status === 403) return finalError('FORBIDDEN', 'The object store does not allow this.');
  if (status === 404) return finalError('OBJECT_NOT_FOUND', 'There is no such object, or no bucket for it.');
  if (FOR_NOW.has(status)) {
    const after = { retryAfterMs: retryAfterMs(retryAfter, Date.now()) };
    return retryableError('UPSTREAM_UNAVAILABLE', `The object store is not available (${status}).`, after);
  }
  return finalError('UPSTREAM_ERROR', `The object store refused the request (${status}).`);
}
