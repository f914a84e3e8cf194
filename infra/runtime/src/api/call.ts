import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { isJsonObject, isUnkeepable, unkeepableTextIn, type Identity } from '@flowplane/contracts';
import { refusal, type Part } from '@flowplane/plumbing/http';
import { readJson, type ReadJson } from '@flowplane/plumbing/json';
import { LARGE_BODY_BYTES, ownTurn } from './own-turn.js';

/** One request that passed identity and access checks. */
export type Call = {
  readonly identity: Identity;
  readonly tenantId: string;
  /** The workspace the request is about: of the path, or the bound one (FLOWS_WORKSPACE_BINDING=identity). */
  readonly workspaceId: string;
  readonly correlationId: string;
  /** Place in the trace that what the call causes belongs to (W3C `traceparent`); null without one. */
  readonly traceparent: string | null;
  readonly method: string;
  /** Path with query, as received. */
  readonly url: string;
  /** Percent-decoded path parameters. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly headers: IncomingHttpHeaders;
  /** What the body was sent as, in lower case and without parameters; empty where no media type was named. */
  readonly mediaType: string;
  /** Raw body; empty when there was none. */
  readonly body: Buffer;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** Called when the answer has gone out or the client has: whichever comes first. */
  readonly onOver: (listener: () => void) => void;
  /** Whether the same request would be authorised now; true also while that cannot be checked. For long-lived answers. */
  readonly isLetIn: () => Promise<boolean>;
};

/** A request that its own signature has to vouch for; undefined: without any credential beside it. */
export type SignedCall = Omit<Call, 'identity' | 'tenantId'> & { readonly identity: Identity | undefined };

/** What a handler answers; the body is sent as JSON, a `JsonText` as it is. */
export type Answer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** An answer whose JSON text comes in parts: the next one is made when the client has taken the one before. */
export type PartsAnswer = Omit<Answer, 'body'> & { readonly parts: AsyncIterator<Part> };

/** A path parameter that the route declares. */
export function param(call: Pick<Call, 'params'>, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new TypeError(`the route has no parameter ${name}`);
  return value;
}

/**
 * Text of a header's first value, by lower-case name. Headers are UTF-8 (flows-api 1.1); node reads their bytes as Latin-1.
 *
 * @throws Refusal 400 INVALID_TEXT
 */
export function header({ headers }: Pick<Call, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  const first = Array.isArray(value) ? value[0] : value;
  if (first === undefined || !/[^\0-\x7f]/.test(first)) return first;
  const bytes = Buffer.from(first, 'latin1');
  if (!isUtf8(bytes)) throw refusal('INVALID_TEXT', { message: `The header ${name} is not UTF-8.` });
  return bytes.toString('utf8');
}

/** First value of a query parameter. */
export function queryText(call: Pick<Call, 'query'>, name: string): string | undefined {
  const value = call.query[name];
  return typeof value === 'string' || value === undefined ? value : value[0];
}

/** All values of a query parameter, in their order. */
export function queryTexts(call: Pick<Call, 'query'>, name: string): readonly string[] {
  const value = call.query[name];
  return typeof value === 'string' ? [value] : (value ?? []);
}

/** Bodies are UTF-8 and JSON has no bare NUL: without one of these escapes there is nothing to look for. */
const MAY_BE_UNKEEPABLE = ['\\u0000', '\\ud', '\\uD'];

/**
 * The body as a JSON object; no body reads as `{}`.
 *
 * @throws Refusal 400 INVALID_JSON; 400 INVALID_TEXT with a text that cannot be kept
 */
export function jsonObject(call: Pick<Call, 'body'>): Readonly<Record<string, unknown>> {
  if (call.body.length === 0) return {};
  const read = bodyOf(call);
  if (!read.ok) throw refusal('INVALID_JSON', { message: `The request body ${read.reason}` });
  const { value } = read;
  if (!isJsonObject(value)) throw refusal('INVALID_JSON');
  const pointer = MAY_BE_UNKEEPABLE.some((escape) => call.body.includes(escape)) ? unkeepableTextIn(value) : undefined;
  if (pointer !== undefined) throw unkeepable(`The text at ${JSON.stringify(pointer)} of the request body`);
  return value;
}

/**
 * The body of a route that needs none: what is no JSON object reads as `{}`. One that is an object must be acceptable,
 * since a member that is meant must not be passed over.
 *
 * @throws Refusal as of `jsonObject`
 */
export function jsonObjectIfAny(call: Pick<Call, 'body'>): Readonly<Record<string, unknown>> {
  const read = bodyOf(call);
  const isNone = read.ok ? !isJsonObject(read.value) : !read.isJson;
  return isNone ? {} : jsonObject(call);
}

/** Reads a large body on demand, and waits: what is done with it comes in another turn of the loop. */
export async function readAhead(call: Pick<Call, 'body' | 'mediaType'>): Promise<void> {
  if (call.body.length < LARGE_BODY_BYTES || call.mediaType === 'application/yaml') return;
  bodyOf(call);
  await ownTurn(call.body.length);
}

/** A body is read once, although the preferences of a call are looked at before its handler reads it. */
function bodyOf({ body }: Pick<Call, 'body'>): ReadJson {
  const read = READ_BODIES.get(body) ?? readJson(body, 'refuse');
  READ_BODIES.set(body, read);
  return read;
}
const READ_BODIES = new WeakMap<Buffer, ReadJson>();

/** The query of a URL as it was sent, without its `?`: only the first one begins it. */
export const queryOf = (url: string): string => (url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');

/**
 * Refuses path parameters and query values that could not be kept or compared (flows-api 1.5).
 *
 * @throws Refusal 400 INVALID_TEXT for a path, INVALID_QUERY for a query
 */
export function refuseUnkeepableAddress({ params, query, url }: Pick<Call, 'params' | 'query' | 'url'>): void {
  for (const [name, value] of Object.entries(params)) {
    if (isUnkeepable(value)) throw unkeepable(`The path parameter ${name}`);
  }
  for (const [name, value] of Object.entries(query)) {
    if (isUnkeepable(name)) throw unkeepable('The name of a query parameter', 'INVALID_QUERY');
    if ([value ?? []].flat().some(isUnkeepable)) throw unkeepable(`The query parameter ${name}`, 'INVALID_QUERY');
  }
  // The parser of queries leaves alone what is not UTF-8, as if the sender had meant the percent signs.
  for (const [encoded] of queryOf(url).matchAll(/(?:%[0-9A-Fa-f]{2})+/g)) {
    if (!isUtf8(Buffer.from(encoded.replaceAll('%', ''), 'hex'))) {
      throw refusal('INVALID_QUERY', { message: 'The query is not UTF-8.' });
    }
  }
}

const unkeepable = (what: string, code: 'INVALID_TEXT' | 'INVALID_QUERY' = 'INVALID_TEXT') =>
  refusal(code, { message: `${what} holds a NUL or half of a surrogate pair, which cannot be kept.` });
