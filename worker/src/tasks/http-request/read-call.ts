import type { Json, JsonObject } from '@flowplane/contracts';
import type { Dispatcher } from 'undici';
import type { TaskAttempt } from '../task-handler.js';
import { requestHeaders } from './request-headers.js';

export type Call = {
  /** As the author wrote it. */
  readonly url: string;
  readonly query: Readonly<Record<string, Json>>;
  readonly method: Dispatcher.HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly failOn: readonly Json[];
  readonly wantsJson: boolean;
  readonly responseSchema: JsonObject | undefined;
};

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_RESPONSE_BYTES = 1_048_576;

/** The input is checked against the schema of the catalogue. @throws TaskError `VALIDATION_ERROR` */
export function readCall(params: JsonObject, { origin, idempotencyKey }: TaskAttempt): Call {
  const { url, method = 'GET', headers = {}, body, timeoutMs, maxResponseBytes } = params;
  const responseSchema = params['responseSchema'] as JsonObject | undefined;
  const sendsBody = method !== 'GET' && method !== 'HEAD' && body !== undefined && body !== null;
  const isText = typeof body === 'string';
  const given = headers as Record<string, Json>;
  return {
    url: url as string,
    query: (params['query'] as Record<string, Json> | undefined) ?? {},
    method: method as Dispatcher.HttpMethod,
    headers: requestHeaders(given, { jsonBody: sendsBody && !isText, origin, idempotencyKey }),
    body: sendsBody ? (isText ? body : JSON.stringify(body)) : null,
    timeoutMs: (timeoutMs as number | undefined) ?? DEFAULT_TIMEOUT_MS,
    maxResponseBytes: (maxResponseBytes as number | undefined) ?? DEFAULT_MAX_RESPONSE_BYTES,
    failOn: (params['failOn'] as readonly Json[] | undefined) ?? [],
    wantsJson: params['json'] === true || responseSchema !== undefined,
    responseSchema,
  };
}
