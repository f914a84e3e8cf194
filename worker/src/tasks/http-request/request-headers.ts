import { traceHeader } from '@flowplane/contracts';
import type { RunOrigin } from '../../shared/run-input.js';
import { idempotencyHeader } from '../outbound/idempotency-header.js';
import { finalError } from '../task-error.js';

export type RequestFacts = {
  /** Whether the body is JSON that we wrote. */
  readonly jsonBody: boolean;
  readonly origin: RunOrigin;
  readonly idempotencyKey: string;
};

/** Headers an author cannot set (tasks 4.3): credentials of others, and what describes the connection. */
const REMOVED = new Set([
  'authorization',
  'cookie',
  'x-api-key',
  'x-flows-internal',
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  // Only identity encoding is requested (tasks 4.2).
  'accept-encoding',
]);
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The author's headers as they are sent, names in lower case, with what ties the call to its run: correlation id, place in
 * the trace and idempotency key, unless the author set them.
 *
 * @throws TaskError `VALIDATION_ERROR` for a name or value that could not stand in a request
 */
export function requestHeaders(
  given: Readonly<Record<string, unknown>>,
  { jsonBody, origin: { correlationId, traceparent }, idempotencyKey }: RequestFacts,
): Record<string, string> {
  const headers: Record<string, string> = {
    'x-correlation-id': correlationId,
    ...traceHeader(traceparent),
    'idempotency-key': idempotencyHeader(idempotencyKey),
  };
  for (const [name, value] of Object.entries(given)) {
    const text = String(value);
    if (/[\r\n]/.test(name) || /[\r\n]/.test(text)) throw refused('a name or value holds a line break');
    const lower = name.toLowerCase();
    if (REMOVED.has(lower)) continue;
    if (!NAME.test(name)) throw refused('a name holds characters that are not allowed');
    if (!VALUE.test(text)) throw refused(`the value of ${lower} holds characters that are not allowed`);
    headers[lower] = text;
  }
  if (jsonBody && headers['content-type'] === undefined) headers['content-type'] = 'application/json';
  return { ...headers, 'accept-encoding': 'identity' };
}

const refused = (why: string): Error => finalError('VALIDATION_ERROR', `/headers: ${why}`);
