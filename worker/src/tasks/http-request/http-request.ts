import type { Json, JsonObject } from '@flowplane/contracts';
import { Agent, request, type Dispatcher } from 'undici';
import { errorCodeOf, finalError, isUnreachable, retryableError, TaskError } from '../task-error.js';
import type { RunOrigin } from '../../shared/run-input.js';
import type { TaskHandler } from '../task-handler.js';
import type { AllowedHosts } from '../outbound/allowed-hosts.js';
import { checkTarget, type CheckedTarget, type Resolve } from '../outbound/checked-target.js';
import { pinnedLookup } from '../outbound/pinned-lookup.js';
import { requestHeaders } from './request-headers.js';
import { makeResolve } from '../outbound/resolve-name.js';

export type HttpRequestOptions = {
  readonly allowedHosts: AllowedHosts;
  /** Name resolution; default: as the system's files and servers have it. */
  readonly resolve?: Resolve;
};

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_RESPONSE_BYTES = 1_048_576;

/** Codes of undici that mean the connection failed, beside those of the system (tasks 6.1). */
const TRANSPORT_CODES = new Set(['UND_ERR_SOCKET', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED', 'UND_ERR_CONNECT_TIMEOUT']);
const ARGUMENT_CODES = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED']);

/** `http.request` (tasks 4). Every HTTP status is a success; a redirect is returned, not followed. */
export function makeHttpRequest({ allowedHosts, resolve = makeResolve() }: HttpRequestOptions): TaskHandler {
  return async (params, { signal, origin }) => {
    const call = readCall(params, origin);
    const timeUp = AbortSignal.timeout(call.timeoutMs);
    try {
      const target = await withinTime(checkTarget(call.url, allowedHosts, resolve), timeUp);
      return await exchange(target, call, AbortSignal.any([signal, timeUp]));
    } catch (thrown) {
      if (timeUp.aborted && !isDecided(thrown)) {
        throw retryableError('REQUEST_TIMEOUT', `No complete response within ${call.timeoutMs} ms.`);
      }
      throw asRequestError(thrown);
    }
  };
}

type Call = {
  readonly url: string;
  readonly method: Dispatcher.HttpMethod;
  readonly headers: Record<string, string>;
  readonly body: string | null;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
};

/** The input is checked against the schema of the catalogue. */
function readCall(params: JsonObject, origin: RunOrigin): Call {
  const { url, method = 'GET', headers = {}, body, timeoutMs, maxResponseBytes } = params;
  const sendsBody = method !== 'GET' && method !== 'HEAD' && body !== undefined && body !== null;
  const isText = typeof body === 'string';
  return {
    url: url as string,
    method: method as Dispatcher.HttpMethod,
    headers: requestHeaders(headers as Record<string, Json>, sendsBody && !isText, origin),
    body: sendsBody ? (isText ? body : JSON.stringify(body)) : null,
    timeoutMs: (timeoutMs as number | undefined) ?? DEFAULT_TIMEOUT_MS,
    maxResponseBytes: (maxResponseBytes as number | undefined) ?? DEFAULT_MAX_RESPONSE_BYTES,
  };
}

/** One request over a connection of its own, to an address that was checked. */
async function exchange(target: CheckedTarget, call: Call, signal: AbortSignal): Promise<JsonObject> {
  const { method, headers, body, timeoutMs } = call;
  const connect = { lookup: pinnedLookup(target.addresses), timeout: timeoutMs };
  const agent = new Agent({ connect, pipelining: 0, headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
  try {
    const response = await request(target.url, { method, headers, body, signal, dispatcher: agent });
    const text = await readBody(response.body, call.maxResponseBytes);
    return { httpStatus: response.statusCode, headers: responseHeaders(response.headers), body: text };
  } finally {
    // Without waiting: a response that was given up would keep its connection open.
    void agent.destroy().catch(() => undefined);
  }
}

async function readBody(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  for await (const chunk of body) {
    received += chunk.length;
    if (received > maxBytes) {
      throw finalError('RESPONSE_TOO_LARGE', `The response has more than ${maxBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function responseHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): JsonObject {
  const present = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    present.map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : (value as string)]),
  );
}

function withinTime<T>(work: Promise<T>, timeUp: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    timeUp.addEventListener('abort', () => reject(new Error('time is up')), { once: true });
    work.then(resolve, reject);
  });
}

/** Errors that stand whatever the clock says. */
const isDecided = (thrown: unknown): boolean => thrown instanceof TaskError;

function asRequestError(thrown: unknown): unknown {
  if (thrown instanceof TaskError) return thrown;
  const code = errorCodeOf(thrown);
  if (isUnreachable(thrown) || (code !== undefined && TRANSPORT_CODES.has(code))) {
    return retryableError('UPSTREAM_UNAVAILABLE', `The connection failed (${code}).`);
  }
  if (code !== undefined && ARGUMENT_CODES.has(code)) {
    return finalError('VALIDATION_ERROR', 'The request cannot be sent as it is written.');
  }
  return finalError('UPSTREAM_ERROR', `The exchange failed (${code ?? 'no code'}).`);
}
