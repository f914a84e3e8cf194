import { Agent, request, type Dispatcher } from 'undici';
import { errorCodeOf, finalError, isUnreachable, retryableError, TaskError } from '../task-error.js';
import type { CheckedAddresses } from './checked-target.js';
import { makeMasked } from './masked.js';
import { pinnedLookup } from './pinned-lookup.js';

/** Texts in PEM. */
export type TlsFiles = {
  /** Who may have signed the server's certificate; default: the authorities that Node trusts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
};

export type HttpCall = {
  readonly url: URL;
  /** The only addresses it may connect to; absent: the operator's own server, found as the system finds it. */
  readonly addresses?: CheckedAddresses;
  readonly method: Dispatcher.HttpMethod;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Bytes of the body that are read. */
  readonly maxAnswerBytes: number;
  readonly tls?: TlsFiles;
  /** What the request proves itself with: an answer that repeats it shows `***` instead. */
  readonly credentials?: readonly string[];
  readonly signal: AbortSignal;
};

export type HttpAnswer = {
  readonly status: number;
  /** Names in lower case; repeated values joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export type TimeBound = {
  readonly timeoutMs: number;
  /** Of the attempt. */
  readonly signal: AbortSignal;
  /** What the work fails with when its time is up. */
  readonly onTimeUp: () => TaskError;
};

/** A connection that nobody waits for any more is given up after this time. */
const CONNECT_TIMEOUT_MS = 30_000;

/** Codes of undici that mean the connection failed, beside those of the system (tasks 6.1). */
const TRANSPORT_CODES = new Set(['UND_ERR_SOCKET', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED', 'UND_ERR_CONNECT_TIMEOUT']);
const ARGUMENT_CODES = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED']);

/**
 * One request in HTTP/1.1 over a new connection, which is closed as soon as the answer is read or given up. Every status is an
 * answer; redirects are not followed.
 *
 * @throws TaskError `RESPONSE_TOO_LARGE`; else what undici throws, for `inTime` to name
 */
export async function exchange(call: HttpCall): Promise<HttpAnswer> {
  const { url, addresses, method, headers, body, tls = {}, credentials = [], signal } = call;
  const lookup = addresses === undefined ? {} : { lookup: pinnedLookup(addresses) };
  const connect = { ...lookup, ...tls, timeout: CONNECT_TIMEOUT_MS };
  // The caller's signal bounds the whole exchange, so that the agent must not.
  const agent = new Agent({ connect, allowH2: false, pipelining: 0, headersTimeout: 0, bodyTimeout: 0 });
  try {
    const response = await request(url, { method, headers, body, signal, dispatcher: agent });
    const read = await readBody(response.body, call.maxAnswerBytes);
    const masked = makeMasked(credentials);
    return { status: response.statusCode, headers: headersOf(response.headers, masked.text), body: masked.bytes(read) };
  } finally {
    // Without waiting: a response that was given up would keep its connection open.
    void agent.destroy().catch(() => undefined);
  }
}

/** Gives work its time, and names what it throws. @throws TaskError */
export async function inTime<T>(bound: TimeBound, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const timeUp = AbortSignal.timeout(bound.timeoutMs);
  try {
    return await untilAborted(work(AbortSignal.any([bound.signal, timeUp])), timeUp);
  } catch (thrown) {
    // What is decided stands, whatever the clock says.
    if (thrown instanceof TaskError) throw thrown;
    if (timeUp.aborted) throw bound.onTimeUp();
    throw exchangeError(thrown);
  }
}

/** Also ends a wait for what knows no signal, such as a name server. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('time is up')), { once: true });
    work.then(resolve, reject);
  });
}

async function readBody(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  for await (const chunk of body) {
    received += chunk.length;
    if (received > maxBytes) throw finalError('RESPONSE_TOO_LARGE', `The response has more than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function headersOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  masked: (text: string) => string,
): Record<string, string> {
  const present = Object.entries(headers).filter(
    (entry): entry is [string, string | string[]] => entry[1] !== undefined,
  );
  return Object.fromEntries(
    present.map(([name, value]) => [name.toLowerCase(), masked(Array.isArray(value) ? value.join(', ') : value)]),
  );
}

function exchangeError(thrown: unknown): TaskError {
  const code = errorCodeOf(thrown);
  if (isUnreachable(thrown) || (code !== undefined && TRANSPORT_CODES.has(code))) {
    return retryableError('UPSTREAM_UNAVAILABLE', `The connection failed (${code}).`);
  }
  if (code !== undefined && ARGUMENT_CODES.has(code)) {
    return finalError('VALIDATION_ERROR', 'The request cannot be sent as it is written.');
  }
  return finalError('UPSTREAM_ERROR', `The exchange failed (${code ?? 'no code'}).`);
}
