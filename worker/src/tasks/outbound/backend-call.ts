import { DEFAULT_CONNECTION, type Json } from '@flowplane/contracts';
import { readJson } from '@flowplane/plumbing/json';
import type { AllowedHosts } from './allowed-hosts.js';
import { checkTarget, type Resolve } from './checked-target.js';
import { exchange, type HttpAnswer } from './http-exchange.js';

/** A server of the platform, or one that a tenant's connection names, with what proves who is asking. */
export type BackendServer = {
  /** Base of the paths; without query and fragment. */
  readonly url: string;
  /** Bearer token; undefined: none is sent. */
  readonly token: string | undefined;
  /** Whether a tenant has chosen the server: then it is checked as every URL of a tenant (tasks 4.4). */
  readonly isTenants: boolean;
};

export type BackendCall = {
  /** Below the server's URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Json;
  readonly signal: AbortSignal;
};

export type BackendRules = { readonly allowedHosts: AllowedHosts; readonly resolve: Resolve };

/** Longest answer that is read. An output has at most half of it (FLOWS_MAX_TASK_IO_BYTES), but no blanks. */
const MAX_ANSWER_BYTES = 4_194_304;

/** Posts JSON to a backend and returns its answer, whatever the status. @throws as `exchange` and `checkTarget` do */
export async function postToBackend(
  { url, token, isTenants }: BackendServer,
  { path, headers = {}, body, signal }: BackendCall,
  { allowedHosts, resolve }: BackendRules,
): Promise<HttpAnswer> {
  const text = url.replace(/\/+$/, '') + path;
  const target = isTenants ? await checkTarget(text, allowedHosts, resolve) : { url: new URL(text) };
  return exchange({
    ...target,
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', accept: 'application/json', 'accept-encoding': 'identity' },
      ...headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...{ body: JSON.stringify(body), maxAnswerBytes: MAX_ANSWER_BYTES, signal },
    credentials: token === undefined ? [] : [token],
  });
}

/** Whether a task names a connection of its workspace; otherwise it means the operator's own backend. */
export const namesConnection = (connection: Json | undefined): connection is string =>
  typeof connection === 'string' && connection !== DEFAULT_CONNECTION;

/** The members of an answer's JSON object; undefined where it is none. */
export function membersOf({ body }: HttpAnswer): Readonly<Record<string, Json | undefined>> | undefined {
  const read = readJson(body, 'text');
  if (!read.ok || typeof read.value !== 'object' || read.value === null || Array.isArray(read.value)) return undefined;
  return read.value as Record<string, Json>;
}
