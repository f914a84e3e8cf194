import { readJson } from '@flowplane/plumbing/json';
import { finalError, retryableError, type TaskError } from '../task-error.js';
import type { AllowedHosts } from './allowed-hosts.js';
import { checkTarget, type Resolve } from './checked-target.js';
import { exchange, inTime, type HttpAnswer, type TlsFiles } from './http-exchange.js';
import { retryAfterMs } from './retry-after.js';
import { makeSharedWork } from './shared-work.js';

/** Who asks for a token, and where (RFC 6749 4.4). */
export type OauthClient = {
  /** Unique for the credentials: another one where they have changed. */
  readonly key: string;
  readonly tokenUrl: string;
  readonly scope: string | undefined;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tls: TlsFiles;
};

export type OauthTokens = {
  /**
   * @param refused a token that the API did not take: it is not given again unless the token server does
   * @throws TaskError `AUTHORIZATION_FAILED`, `SSRF_BLOCKED`, `UPSTREAM_UNAVAILABLE`, `UPSTREAM_ERROR`; the signal's reason
   */
  readonly tokenFor: (client: OauthClient, signal: AbortSignal, refused?: string) => Promise<string>;
};

export type OauthOptions = {
  readonly allowedHosts: AllowedHosts;
  readonly resolve: Resolve;
  /** Epoch ms. */
  readonly now?: () => number;
  /** Tokens that are kept at once. */
  readonly maxTokens?: number;
};

type Held = { readonly token: string; readonly usableUntil: number };

const TOKEN_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 65_536;
const MAX_TOKENS = 1000;
/** Life of a token whose server does not say, and the longest one that is believed, in ms. */
const DEFAULT_LIFE_MS = 300_000;
const MAX_LIFE_MS = 86_400_000;
/** A token is fetched anew so long before it expires, or at half of its life where that is shorter. */
const MARGIN_MS = 60_000;

/** Tokens of OAuth 2 clients, kept in memory: one fetch for all attempts that need the same one at a time. */
export function makeOauthTokens(options: OauthOptions): OauthTokens {
  const { now = Date.now, maxTokens = MAX_TOKENS } = options;
  const share = makeSharedWork<string>();
  // In the order of use, oldest first.
  const tokens = new Map<string, Held>();
  const keep = (key: string, held: Held): void => {
    tokens.delete(key);
    tokens.set(key, held);
    const [oldest] = tokens.keys();
    if (tokens.size > maxTokens && oldest !== undefined) tokens.delete(oldest);
  };
  const fetchAndKeep = async (client: OauthClient, signal: AbortSignal): Promise<string> => {
    const askedAt = now();
    const answer = await ask(client, options, signal);
    const { token, lifeMs } = tokenIn(answer, askedAt);
    keep(client.key, { token, usableUntil: askedAt + lifeMs - Math.min(MARGIN_MS, lifeMs / 2) });
    return token;
  };
  return {
    tokenFor: (client, signal, refused) => {
      const held = tokens.get(client.key);
      if (held !== undefined && held.token !== refused && now() < held.usableUntil) {
        keep(client.key, held);
        return Promise.resolve(held.token);
      }
      tokens.delete(client.key);
      return share(client.key, signal, (left) => fetchAndKeep(client, left));
    },
  };
}

function ask(client: OauthClient, { allowedHosts, resolve }: OauthOptions, signal: AbortSignal): Promise<HttpAnswer> {
  const { tokenUrl, scope, tls } = client;
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) });
  const onTimeUp = (): TaskError =>
    retryableError('UPSTREAM_UNAVAILABLE', `The token server gave no answer within ${TOKEN_TIMEOUT_MS} ms.`);
  return inTime({ timeoutMs: TOKEN_TIMEOUT_MS, signal, onTimeUp }, async (bounded) =>
    exchange({
      ...(await checkTarget(tokenUrl, allowedHosts, resolve)),
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
        'accept-encoding': 'identity',
        authorization: clientAuthorization(client),
      },
      ...{ body: form.toString(), maxAnswerBytes: MAX_ANSWER_BYTES, tls, signal: bounded },
    }),
  );
}

/** As RFC 6749 2.3.1 has it: id and secret are form-encoded before they are joined. */
function clientAuthorization({ clientId, clientSecret }: OauthClient): string {
  const encoded = [clientId, clientSecret].map((text) => new URLSearchParams([['', text]]).toString().slice(1));
  return `Basic ${Buffer.from(encoded.join(':'), 'utf8').toString('base64')}`;
}

/** The answer's texts are the server's, and may repeat the credentials: no message has any of them. */
function tokenIn(answer: HttpAnswer, nowMs: number): { readonly token: string; readonly lifeMs: number } {
  const { status, headers, body } = answer;
  if (status === 408 || status === 429 || status >= 500) {
    const message = `The token server answered with status ${status}.`;
    throw retryableError('UPSTREAM_UNAVAILABLE', message, {
      retryAfterMs: retryAfterMs(headers['retry-after'], nowMs),
    });
  }
  if (status < 200 || status > 299) {
    throw finalError(
      'AUTHORIZATION_FAILED',
      `The token server refused the connection's credentials (status ${status}).`,
    );
  }
  const read = readJson(body, 'text');
  const { access_token, token_type, expires_in } = (read.ok && isRecord(read.value) ? read.value : {}) as Record<
    string,
    unknown
  >;
  const isBearer =
    token_type === undefined || (typeof token_type === 'string' && token_type.toLowerCase() === 'bearer');
  // As RFC 6750 2.1 has it: anything else could not stand in a header.
  if (typeof access_token !== 'string' || !/^[A-Za-z0-9\-._~+/]+=*$/.test(access_token) || !isBearer) {
    throw finalError('AUTHORIZATION_FAILED', 'The answer of the token server has no bearer token.');
  }
  return { token: access_token, lifeMs: lifeMsOf(expires_in) };
}

/** Some servers send the seconds as a text. */
function lifeMsOf(expiresIn: unknown): number {
  const lifeMs = expiresIn === null ? Number.NaN : Number(expiresIn) * 1000;
  return Number.isNaN(lifeMs) ? DEFAULT_LIFE_MS : Math.max(0, Math.min(lifeMs, MAX_LIFE_MS));
}

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
