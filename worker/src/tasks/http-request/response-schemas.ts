import type { Json, JsonObject } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import { keepTrying } from '@flowplane/plumbing/periodic';
import { makeThreadPool } from '@flowplane/plumbing/threads';
import { finalError, retryableError, TaskError } from '../task-error.js';
import type { SchemaRequest, SchemaVerdict } from './check-schema.js';

/** Schemas that authors write for answers, in threads that can be ended. */
export type ResponseSchemas = {
  /** Before the request is sent. @throws TaskError `VALIDATION_ERROR`, `UPSTREAM_UNAVAILABLE` where no thread is free */
  readonly requireSchema: (schema: JsonObject, turn: SchemaTurn) => Promise<void>;
  /** Of an answer; waits for a thread until the attempt ends. @throws TaskError `RESPONSE_INVALID` */
  readonly requireFit: (schema: JsonObject, value: Json, turn: SchemaTurn) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type SchemaTurn = { readonly tenant: string; readonly signal: AbortSignal };

export type ResponseSchemaOptions = {
  readonly logger: Pick<Logger, 'warn'>;
  /** Bounds of those that wait for a thread. */
  readonly queue?: { readonly max: number; readonly maxOfTenant: number; readonly waitMs: number };
  /** The compiled thread; elsewhere only in tests that run from sources. */
  readonly threadFile?: URL;
};

const MAX_SCHEMA_BYTES = 65_536;
/** CPU time of one check, the compilation of its schema included. */
const CHECK_TIME_MS = 1000;
const MAX_HEAP_MB = 128;
const MAX_WAITING = 1000;
const MAX_WAITING_OF_TENANT = 200;
const WAIT_MS = 10_000;
const QUEUE = { max: MAX_WAITING, maxOfTenant: MAX_WAITING_OF_TENANT, waitMs: WAIT_MS };
/** Pauses between two tries of an answer for which no thread was free. */
const AGAIN = { firstMs: 100, maxMs: 2000, jitter: 0.2 };

export function makeResponseSchemas({ logger, threadFile, queue = QUEUE }: ResponseSchemaOptions): ResponseSchemas {
  const pool = makeThreadPool<SchemaRequest, SchemaVerdict>({
    ...{ name: 'response schemas', threads: 1, timeoutMs: CHECK_TIME_MS, maxHeapMb: MAX_HEAP_MB, logger },
    file: threadFile ?? new URL('./response-schema-thread.js', import.meta.url),
    eager: false,
    clock: 'cpu',
    data: null,
    queue,
  });
  const check = async (request: SchemaRequest, turn: SchemaTurn): Promise<SchemaVerdict> => {
    const fault = 'value' in request ? 'value' : 'schema';
    const outcome = await pool.run(request, turn);
    switch (outcome.kind) {
      case 'result':
        return outcome.result;
      case 'too-long':
        return { ok: false, fault, reason: `takes longer than ${CHECK_TIME_MS} ms to check` };
      case 'out-of-memory':
        return { ok: false, fault, reason: 'needs too much memory to check' };
      case 'busy':
        throw retryableError('UPSTREAM_UNAVAILABLE', 'The worker checks as many answers against schemas as it may.');
    }
  };
  /** The request has been answered: to give the check up would be to act again. It goes on until the attempt ends. */
  const keepChecking = (request: SchemaRequest, turn: SchemaTurn): Promise<SchemaVerdict> =>
    keepTrying(() => check(request, turn), {
      backoff: AGAIN,
      signal: turn.signal,
      isCurable: (cause) => cause instanceof TaskError && !turn.signal.aborted,
    });
  const require = async (request: SchemaRequest, turn: SchemaTurn): Promise<void> => {
    const verdict = await ('value' in request ? keepChecking : check)(request, turn);
    if (verdict.ok) return;
    if (verdict.fault === 'schema') throw finalError('VALIDATION_ERROR', `/responseSchema ${verdict.reason}`);
    throw finalError('RESPONSE_INVALID', `The answer ${verdict.reason}.`);
  };
  return {
    requireSchema: async (schema, turn) => {
      const sizeBytes = Buffer.byteLength(JSON.stringify(schema));
      if (sizeBytes > MAX_SCHEMA_BYTES) {
        throw finalError(
          'VALIDATION_ERROR',
          `/responseSchema has ${sizeBytes} bytes; the limit is ${MAX_SCHEMA_BYTES}`,
        );
      }
      await require({ schema }, turn);
    },
    requireFit: (schema, value, turn) => require({ schema, value }, turn),
    close: pool.close,
  };
}
