import type { Json } from '@flowplane/contracts';
import type { ResolveConnection } from '../connections/resolve-connection.js';
import type { AllowedHosts } from '../outbound/allowed-hosts.js';
import { namesConnection } from '../outbound/backend-call.js';
import { checkAddresses, parseTarget, type Resolve } from '../outbound/checked-target.js';
import { exchange, inTime, type HttpAnswer, type HttpCall } from '../outbound/http-exchange.js';
import type { OauthTokens } from '../outbound/oauth-tokens.js';
import { retryableError } from '../task-error.js';
import type { TaskAttempt, TaskHandler } from '../task-handler.js';
import { accessOf, type ConnectionAccess } from './connection-access.js';
import { requireBelow, resolveAgainst } from './connection-target.js';
import { requireStatus } from './fail-on.js';
import { withQuery } from './query-text.js';
import { isSuccess, outputOf } from './read-answer.js';
import { readCall, type Call } from './read-call.js';
import type { ResponseSchemas } from './response-schemas.js';

export type HttpRequestOptions = {
  readonly allowedHosts: AllowedHosts;
  readonly resolve: Resolve;
  readonly connections: ResolveConnection;
  readonly oauthTokens: OauthTokens;
  readonly responseSchemas: ResponseSchemas;
  /** FLOWS_MAX_TASK_IO_BYTES. */
  readonly maxIoBytes: number;
};

/** `http.request` (tasks 4). A status is a failure only where its author says so; a redirect is returned, not followed. */
export function makeHttpRequest(options: HttpRequestOptions): TaskHandler {
  const { responseSchemas, maxIoBytes } = options;
  return async (params, attempt) => {
    const call = readCall(params, attempt);
    const { responseSchema: schema, timeoutMs } = call;
    const turn = { tenant: attempt.tenant.tenantId, signal: attempt.signal };
    const access = await accessFor(params['connection'], attempt, options);
    if (schema !== undefined) await responseSchemas.requireSchema(schema, turn);
    const onTimeUp = () => retryableError('REQUEST_TIMEOUT', `No complete response within ${timeoutMs} ms.`);
    const answer = await inTime({ timeoutMs, signal: attempt.signal, onTimeUp }, (signal) =>
      perform(call, access, signal, options),
    );
    requireStatus(answer, call.failOn, Date.now());
    // It fails nothing, so it would be easy to miss.
    if (answer.status >= 400) attempt.log('warn', `The server answered ${answer.status}.`);
    const output = outputOf(answer, call.wantsJson, maxIoBytes);
    const { json = null } = output;
    if (schema !== undefined && isSuccess(answer.status)) await responseSchemas.requireFit(schema, json, turn);
    return output;
  };
}

async function accessFor(
  connection: Json | undefined,
  attempt: TaskAttempt,
  { connections }: HttpRequestOptions,
): Promise<ConnectionAccess | undefined> {
  return namesConnection(connection) ? accessOf(await connections('http', connection, attempt), attempt) : undefined;
}

async function perform(
  call: Call,
  access: ConnectionAccess | undefined,
  signal: AbortSignal,
  { allowedHosts, resolve, oauthTokens }: HttpRequestOptions,
): Promise<HttpAnswer> {
  const { method, body, maxResponseBytes } = call;
  const target = await checkAddresses(targetOf(call, access), allowedHosts, resolve);
  const { oauth, tls = {}, credentials = [] } = access ?? {};
  const headers = { ...call.headers, ...access?.headers };
  const bounds = { maxAnswerBytes: maxResponseBytes, signal };
  const request: HttpCall = { ...target, method, headers, body, tls, credentials, ...bounds };
  if (oauth === undefined) return exchange(request);
  const withToken = (token: string): Promise<HttpAnswer> => {
    const authorized = { ...headers, authorization: `Bearer ${token}` };
    return exchange({ ...request, headers: authorized, credentials: [...credentials, token] });
  };
  const token = await oauthTokens.tokenFor(oauth, signal);
  const answer = await withToken(token);
  // It may have been revoked before its time; another one may help, once.
  return answer.status === 401 ? withToken(await oauthTokens.tokenFor(oauth, signal, token)) : answer;
}

/** @throws TaskError `SSRF_BLOCKED`, `FORBIDDEN` */
function targetOf({ url: text, query }: Call, access: ConnectionAccess | undefined): URL {
  if (access === undefined) return withQuery(parseTarget(text), query);
  const url = parseTarget(resolveAgainst(text, access.base) ?? text);
  requireBelow(url, access.base);
  return withQuery(url, query);
}
