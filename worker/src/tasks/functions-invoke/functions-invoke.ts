import { traceHeader, type JsonObject } from '@flowplane/contracts';
import type { ResolveConnection } from '../connections/resolve-connection.js';
import {
  membersOf,
  namesConnection,
  postToBackend,
  type BackendRules,
  type BackendServer,
} from '../outbound/backend-call.js';
import { inTime, type HttpAnswer } from '../outbound/http-exchange.js';
import { idempotencyHeader } from '../outbound/idempotency-header.js';
import { retryAfterMs } from '../outbound/retry-after.js';
import { finalError, retryableError, type TaskError } from '../task-error.js';
import type { TaskAttempt, TaskHandler } from '../task-handler.js';

export type FunctionsInvokeOptions = BackendRules & {
  /** FLOWS_FUNCTIONS_URL; undefined where it is not set. */
  readonly url: string | undefined;
  /** FLOWS_FUNCTIONS_TIMEOUT. */
  readonly timeoutMs: number;
  readonly connections: ResolveConnection;
};

/** `functions.invoke` (tasks 3.3). */
export function makeFunctionsInvoke(options: FunctionsInvokeOptions): TaskHandler {
  const { timeoutMs } = options;
  return async ({ actionId, params = {}, connection }, attempt) => {
    const server = await serverFor(connection, attempt, options);
    const { tenant, origin, idempotencyKey, signal } = attempt;
    const path = `/v1/workspaces/${segment(tenant.workspaceId)}/actions/${segment(actionId as string)}/invocations`;
    const headers = {
      'idempotency-key': idempotencyHeader(idempotencyKey),
      'x-correlation-id': origin.correlationId,
      ...traceHeader(origin.traceparent),
    };
    const onTimeUp = (): TaskError => timeout(`did not answer within ${timeoutMs} ms`);
    const answer = await inTime({ timeoutMs, signal, onTimeUp }, (bounded) =>
      postToBackend(server, { path, headers, body: { params }, signal: bounded }, options),
    );
    return outputOf(answer);
  };
}

/** The execution token goes to the operator's server only: one that a tenant chose could use it. */
async function serverFor(
  connection: JsonObject[string] | undefined,
  attempt: TaskAttempt,
  { url, connections }: FunctionsInvokeOptions,
): Promise<BackendServer> {
  if (namesConnection(connection)) {
    const { endpoint, secret } = await connections('functions', connection, attempt);
    return { url: endpoint.url, token: secret.token, isTenants: true };
  }
  if (url === undefined) throw finalError('CAPABILITY_UNAVAILABLE', 'No server of functions is configured here.');
  return { url, token: attempt.token, isTenants: false };
}

/** One segment of a path, whatever the id is. @throws TaskError `VALIDATION_ERROR` for one that would lead elsewhere */
function segment(id: string): string {
  if (/^\.\.?$/.test(id)) throw finalError('VALIDATION_ERROR', '/actionId is no name of a function');
  return encodeURIComponent(Buffer.from(id, 'utf8').toString('utf8'));
}

const timeout = (what: string): TaskError => retryableError('FUNCTION_TIMEOUT', `The function ${what}.`);

function outputOf(answer: HttpAnswer): JsonObject {
  const { status, headers, body } = answer;
  if (status === 404) throw finalError('FUNCTION_NOT_FOUND', 'The workspace has no such function.');
  if (status === 408 || status === 504) throw timeout(`did not end in time (status ${status})`);
  if (status === 429 || status === 502 || status === 503) {
    const after = { retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()) };
    throw retryableError('UPSTREAM_UNAVAILABLE', `The server of functions answered with status ${status}.`, after);
  }
  if (status < 200 || status > 299) throw finalError('FUNCTION_ERROR', `The function failed (status ${status}).`);
  const members = body.length === 0 ? {} : membersOf(answer);
  if (members === undefined) throw finalError('FUNCTION_ERROR', 'The answer of the function is no JSON object.');
  const { activationId = null, result = null } = members;
  return { activationId: typeof activationId === 'string' ? activationId : null, result };
}
