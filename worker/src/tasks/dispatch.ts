import { hasTaskType, paramsFault, taskType as catalogued, traceHeader, type JsonObject } from '@flowplane/contracts';
import { mintAttemptToken, requireToken, verifiedTenant, type TokenSettings } from './execution-token.js';
import { finalError } from './task-error.js';
import type { LogPlace, RunOrigin } from '../shared/run-input.js';
import { makeMasked } from './outbound/masked.js';
import type { TaskHandler, TaskLog } from './task-handler.js';

export type DispatchOptions = {
  readonly token: TokenSettings;
  /** FLOWS_MAX_TASK_IO_BYTES, for the envelope and for the output. */
  readonly maxIoBytes: number;
  /** Handlers of the catalogue's types; a known type without one answers `CAPABILITY_UNAVAILABLE`. */
  readonly handlers: ReadonlyMap<string, TaskHandler>;
  /** The developer profile's answer for unknown types (tasks 7.2), when it is on. */
  readonly echo: EchoTask | undefined;
};

export type EchoTask = (taskType: string, params: JsonObject, signal: AbortSignal) => Promise<JsonObject>;

/** The activity input of tasks 2.1, as it arrives: nothing of it is trusted before it is checked. */
export type ArrivedEnvelope = {
  readonly nodeId: string;
  readonly taskType: string;
  readonly params: JsonObject;
  readonly tenant?: unknown;
  readonly origin?: RunOrigin;
  readonly requestedAt?: LogPlace;
};

export type DispatchAttempt = {
  readonly signal: AbortSignal;
  readonly startToCloseMs: number;
  /** Place of the attempt in the trace of its run; null without one. */
  readonly traceparent?: string | null;
  /** Where lines of the task go; absent: nowhere. */
  readonly log?: TaskLog;
};

/** Executes one attempt of one task, in the order of tasks 2.1. */
export type Dispatch = (envelope: ArrivedEnvelope, attempt: DispatchAttempt) => Promise<JsonObject>;

/** @throws from the dispatch: TaskError, or what a handler throws */
export function makeDispatch(options: DispatchOptions): Dispatch {
  const { token: tokens, maxIoBytes, handlers, echo } = options;
  return async (envelope, { signal, startToCloseMs, traceparent = null, log: write }) => {
    requireSize(envelope, maxIoBytes, 'The input of the task');
    const { nodeId, taskType, params, requestedAt } = envelope;
    const tenant = verifiedTenant(envelope.tenant, tokens);
    const { origin: runs = { correlationId: tenant.executionId, eventDepth: 0 } } = envelope;
    const origin = { ...runs, ...traceHeader(traceparent) };
    const token = mintAttemptToken(tenant, startToCloseMs, tokens);
    requireToken(token, tenant, tokens);
    const known = hasTaskType(taskType);
    if (!known && echo === undefined) throw finalError('UNKNOWN_TASK_TYPE', `Unknown task type '${taskType}'.`);
    if (known) requireParams(taskType, params);
    requireWorkspace(params, tenant.workspaceId);
    if (!known && echo !== undefined) return sized(await echo(taskType, params, signal), maxIoBytes);
    const handler = handlers.get(taskType);
    if (handler === undefined) {
      const code = catalogued(taskType)?.notConfiguredCode ?? 'CAPABILITY_UNAVAILABLE';
      throw finalError(code, `Tasks of type '${taskType}' are not configured here.`);
    }
    const idempotencyKey = `${tenant.executionId}/${nodeId}`;
    const place = requestedAt === undefined ? {} : { requestedAt };
    const log: TaskLog = (level, message) => write?.(level, makeMasked([token]).text(message));
    const output = await handler(params, { tenant, nodeId, idempotencyKey, origin, token, signal, log, ...place });
    return sized({ status: 'success', ...output }, maxIoBytes);
  };
}

function requireParams(taskType: string, params: JsonObject): void {
  const fault = paramsFault(taskType, params);
  if (fault !== undefined) throw finalError('VALIDATION_ERROR', fault.message);
}

function requireWorkspace(params: JsonObject, workspaceId: string): void {
  if (!Object.hasOwn(params, 'workspaceId') || params['workspaceId'] === workspaceId) return;
  throw finalError('FORBIDDEN', 'The task names another workspace than that of its run.');
}

function sized(output: JsonObject, maxBytes: number): JsonObject {
  requireSize(output, maxBytes, 'The output of the task');
  return output;
}

function requireSize(value: unknown, maxBytes: number, what: string): void {
  const sizeBytes = Buffer.byteLength(JSON.stringify(value));
  if (sizeBytes > maxBytes) {
    throw finalError('PAYLOAD_TOO_LARGE', `${what} has ${sizeBytes} bytes; the limit is ${maxBytes}.`);
  }
}
