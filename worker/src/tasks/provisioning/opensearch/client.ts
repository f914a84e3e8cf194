import type { Json } from '@flowplane/contracts';
import { Agent, request } from 'undici';
import { errorCodeOf } from '../../task-error.js';

export type OpenSearchOptions = {
  /** FLOWS_OPENSEARCH_URL, without user information. */
  readonly url: string;
  /** FLOWS_OPENSEARCH_USER and FLOWS_OPENSEARCH_PASSWORD; without a user requests carry no credentials. */
  readonly user?: string;
  readonly password?: string;
  /** Longest time to connect, in ms. */
  readonly connectTimeoutMs?: number;
  /** Longest answer that is read. */
  readonly maxAnswerBytes?: number;
};

export type OpenSearchRequest = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Path from the root; what comes from a template goes through `segment`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** Sent as `x-tenant-id`. */
  readonly tenantId?: string;
  /** The only bound of the whole exchange: a reindex may take long. */
  readonly signal: AbortSignal;
};

export type OpenSearchAnswer = {
  readonly status: number;
  /** As JSON, or the text where it is none; null when it is empty. */
  readonly body: Json;
};

export type OpenSearchClient = {
  /**
   * Sends one request, never again by itself.
   *
   * @returns the answer, whatever its status
   * @throws OpenSearchUnreachable, or the signal's reason
   */
  readonly send: (request: OpenSearchRequest) => Promise<OpenSearchAnswer>;
  readonly close: () => Promise<void>;
};

/** No complete answer came. Its message names no address and no credential. */
export class OpenSearchUnreachable extends Error {
  override readonly name = 'OpenSearchUnreachable';
  constructor(
    message: string,
    /** False when the request cannot have reached the server. */
    readonly mayHaveArrived: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
/** Of one answer of OpenSearch. */
export const MAX_ANSWER_BYTES = 4_194_304;

/** Codes of a connection that was never made. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** A client of one OpenSearch server; its connections are closed by `close`. */
export function openSearchClient(options: OpenSearchOptions): OpenSearchClient {
  const { url, connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS, maxAnswerBytes = MAX_ANSWER_BYTES } = options;
  const base = url.replace(/\/+$/, '');
  const authorization = basicAuth(options);
  // A connection each: one that is kept may be closed under a request, whose outcome is then not known. The caller's
  // signal bounds the exchange, so that the agent must not.
  const agent = new Agent({ connect: { timeout: connectTimeoutMs }, pipelining: 0, headersTimeout: 0, bodyTimeout: 0 });
  return {
    async send({ method, path, query = {}, body, tenantId, signal }) {
      signal.throwIfAborted();
      const parameters = new URLSearchParams(query).toString();
      const target = `${base}${path}${parameters === '' ? '' : `?${parameters}`}`;
      const headers = {
        accept: 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(tenantId === undefined ? {} : { 'x-tenant-id': tenantId }),
      };
      try {
        const sent = body === undefined ? null : JSON.stringify(body);
        const response = await request(target, { method, headers, body: sent, signal, dispatcher: agent });
        return { status: response.statusCode, body: await readBody(response.body, maxAnswerBytes) };
      } catch (thrown) {
        signal.throwIfAborted();
        if (thrown instanceof OpenSearchUnreachable) throw thrown;
        const code = errorCodeOf(thrown);
        throw new OpenSearchUnreachable(
          `OpenSearch gave no answer (${code ?? 'no code'})`,
          code === undefined || !NEVER_SENT.has(code),
          { cause: thrown },
        );
      }
    },
    close: () => agent.destroy(),
  };
}

function basicAuth({ user, password = '' }: OpenSearchOptions): string | undefined {
  if (user === undefined || user === '') return undefined;
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

async function readBody(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Json> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  for await (const chunk of body) {
    received += chunk.length;
    if (received > maxBytes) {
      throw new OpenSearchUnreachable(`OpenSearch answered with more than ${maxBytes} bytes`, true);
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
