import { setTimeout as sleep } from 'node:timers/promises';
import {
  CLOSED_STATUSES,
  isPending,
  makeFlowplaneClient,
  type Answered,
  type FetchLike,
  type FlowDefinition,
  type FlowplaneClient,
} from '@flowplane/contracts';
import { checkAnswer } from './answer-check.js';
import type { ExecutionBody, PendingBody, StartBody } from './api-types.js';

/** Who calls: what the gateway in front of the services would have verified (flows-api 2.1). */
export type Caller = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly actorId?: string;
  /** Default: one that passes the role gate. */
  readonly roles?: readonly string[];
};

export type Answer<Body> = { readonly status: number; readonly headers: Headers; readonly body: Body };

export type CallOptions = {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
};

/** One caller's view of the API below its workspace. Rejects only when no complete answer came. */
export type ApiClient = {
  readonly caller: Caller;
  /** The client of contracts as this caller, for calls that are meant to succeed; its answers are checked as well. */
  readonly typed: FlowplaneClient;
  readonly headers: Readonly<Record<string, string>>;
  /** Absolute url of a path below the workspace. */
  readonly urlOf: (path: string) => string;
  readonly call: <Body>(method: string, path: string, options?: CallOptions) => Promise<Answer<Body>>;
};

const ADMIN = ['workspace_admin'];
const CALL_TIMEOUT_MS = 65_000;
/** For what a test needs and is not about: on a busy machine the default wait of 10 s may pass. */
export const PATIENT = { prefer: 'wait=60' };
const PATIENCE = { waitS: 60 };
const POLL_MS = 100;
const CLOSED = new Set<string>(CLOSED_STATUSES);

/** @param baseUrl of the gateway, or of one service */
export function makeApiClient(baseUrl: string, caller: Caller): ApiClient {
  const headers = identityHeaders(caller);
  const urlOf = (path: string): string => `${baseUrl}/v1/flows/workspaces/${caller.workspaceId}${path}`;
  return {
    caller,
    typed: makeFlowplaneClient(
      { fetch: checkedFetch, sleep: (ms) => sleep(ms) },
      { url: baseUrl, workspaceId: caller.workspaceId, headers },
    ),
    headers,
    urlOf,
    call: (method, path, options = {}) =>
      send(urlOf(path), method, { ...options, headers: { ...headers, ...options.headers } }),
  };
}

export function identityHeaders(caller: Caller): Readonly<Record<string, string>> {
  return {
    'x-tenant-id': caller.tenantId,
    'x-workspace-id': caller.workspaceId,
    'x-auth-subject': caller.actorId ?? 'alice',
    'x-actor-roles': (caller.roles ?? ADMIN).join(' '),
  };
}

/** One request with a JSON body, one JSON answer, which must be what the OpenAPI document says. */
export async function send<Body>(url: string, method: string, options: CallOptions): Promise<Answer<Body>> {
  const response = await fetch(url, {
    method,
    headers: { ...(options.body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    signal: AbortSignal.timeout(options.timeoutMs ?? CALL_TIMEOUT_MS),
  });
  const text = await response.text();
  checkAnswer(method, url, { status: response.status, headers: response.headers, text });
  return { status: response.status, headers: response.headers, body: JSON.parse(text === '' ? 'null' : text) as Body };
}

/** Insists on a status; the fault shows what came instead. */
export function expectStatus<Body>(answer: Answer<Body>, status: number): Body {
  if (answer.status !== status) {
    throw new Error(`expected ${status}, got ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return answer.body;
}

/** Creates a flow with this definition and publishes it. @returns its version */
export async function publishFlow({ typed }: ApiClient, flowId: string, definition: object): Promise<number> {
  const body = { name: flowId, flowId, definition: definition as FlowDefinition };
  await typed.call('createFlow', { body, prefer: PATIENCE });
  return settled(await typed.call('publishFlow', { params: { flowId }, prefer: PATIENCE })).version;
}

export async function startRun({ typed }: ApiClient, flowId: string, input: object = {}): Promise<StartBody> {
  const body = { input: input as Readonly<Record<string, unknown>> };
  return settled(await typed.call('startExecution', { params: { flowId }, body, prefer: PATIENCE }));
}

/** The result of a command that had a minute for it. */
function settled<Body extends object>({ body, status }: Answered<Body>): Exclude<Body, PendingBody> {
  if (isPending(body)) throw new Error(`after a minute still ${status} ${JSON.stringify(body)}`);
  return body as Exclude<Body, PendingBody>;
}

/** `fetch` that holds each answer, streams apart, against the OpenAPI document. */
const checkedFetch: FetchLike = async (url, init) => {
  const response = await fetch(url, { signal: AbortSignal.timeout(CALL_TIMEOUT_MS), ...init });
  if (response.headers.get('content-type')?.startsWith('text/event-stream') === true) return response;
  const text = await response.text();
  checkAnswer(init.method, url, { status: response.status, headers: response.headers, text });
  const { status, headers } = response;
  return { status, headers, body: null, text: () => Promise.resolve(text) };
};

export const runPath = (flowId: string, executionId: string): string =>
  `/flows/${flowId}/executions/${encodeURIComponent(executionId)}`;

export async function readRun(client: ApiClient, flowId: string, executionId: string): Promise<ExecutionBody> {
  return expectStatus(await client.call<ExecutionBody>('GET', runPath(flowId, executionId)), 200);
}

/** Detail of a run once it is closed. */
export async function closedRun(
  client: ApiClient,
  flowId: string,
  executionId: string,
  timeoutMs = 60_000,
): Promise<ExecutionBody> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const run = await readRun(client, flowId, executionId);
    if (CLOSED.has(run.status)) return run;
    if (Date.now() >= deadline) throw new Error(`run ${executionId} is still ${run.status} after ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
