import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { Identity } from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';

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
};

/** A request that its own signature has to vouch for; undefined: without any credential beside it. */
export type SignedCall = Omit<Call, 'identity' | 'tenantId'> & { readonly identity: Identity | undefined };

/** What a handler answers; the body is sent as JSON. */
export type Answer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** A path parameter that the route declares. */
export function param(call: Pick<Call, 'params'>, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new TypeError(`the route has no parameter ${name}`);
  return value;
}

/** First value of a header, by lower-case name. */
export function header(call: Pick<Call, 'headers'>, name: string): string | undefined {
  const value = call.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** First value of a query parameter. */
export function queryText(call: Call, name: string): string | undefined {
  const value = call.query[name];
  return typeof value === 'string' || value === undefined ? value : value[0];
}

/**
 * The body as a JSON object; no body reads as `{}`.
 *
 * @throws Refusal 400 INVALID_JSON
 */
export function jsonObject(call: Pick<Call, 'body'>): Readonly<Record<string, unknown>> {
  if (call.body.length === 0) return {};
  const read = readJson(call.body);
  if (!read.ok) throw refusal('INVALID_JSON', { message: `The request body ${read.reason}` });
  const { value } = read;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal('INVALID_JSON');
  return value as Readonly<Record<string, unknown>>;
}

/** A value that `JSON.stringify` gives back as it was, or why the text is none. */
export type ReadJson = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string };

export function readJson(body: Buffer): ReadJson {
  if (isDeeperThan(body, MAX_DEPTH)) return { ok: false, reason: `is nested deeper than ${MAX_DEPTH} levels.` };
  if (!isUtf8(body)) return { ok: false, reason: 'is not UTF-8.' };
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return { ok: false, reason: `is not JSON${cause instanceof Error ? `: ${cause.message}` : ''}` };
  }
  if (MAY_OVERFLOW.test(text) && !hasFiniteNumbers(value)) {
    return { ok: false, reason: 'has a number beyond ±1.8e308.' };
  }
  return { ok: true, value };
}

/** No text without either has a number that reads as infinite; looking through every body would cost more. */
const MAY_OVERFLOW = /\d{300}|[eE]\+?\d{2}/;

/** Whether all numbers of a JSON value are; one that is not would be written as `null` later on. */
function hasFiniteNumbers(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(hasFiniteNumbers);
}

/** As for YAML. What a body goes through afterwards recurses, `JSON.stringify` included. */
const MAX_DEPTH = 500;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether JSON text opens more than `max` brackets within one another; those in strings do not count. */
function isDeeperThan(text: Buffer, max: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] as number;
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    // `[` and `{`, `]` and `}` differ in one bit.
    else if ((byte | 0x20) === 0x7b) {
      if (++depth > max) return true;
    } else if ((byte | 0x20) === 0x7d) depth--;
  }
  return false;
}
