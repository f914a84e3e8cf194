import type { Json, JsonObject } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import { makeThreadPool } from '@flowplane/plumbing/threads';
import { finalError } from '../task-error.js';
import type { SchemaRequest, SchemaVerdict } from './check-schema.js';

/** Schemas that authors write for answers, in threads that can be ended. */
export type ResponseSchemas = {
  /** Before the request is sent. @throws TaskError `VALIDATION_ERROR` */
  readonly requireSchema: (schema: JsonObject, turn: SchemaTurn) => Promise<void>;
  /** @throws TaskError `RESPONSE_INVALID` */
  readonly requireFit: (schema: JsonObject, value: Json, turn: SchemaTurn) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type SchemaTurn = { readonly tenant: string; readonly signal: AbortSignal };

export type ResponseSchemaOptions = {
  readonly logger: Pick<Logger, 'warn'>;
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

export function makeResponseSchemas({ logger, threadFile }: ResponseSchemaOptions): ResponseSchemas {
  const pool = makeThreadPool<SchemaRequest, SchemaVerdict>({
    ...{ name: 'response schemas', threads: 1, timeoutMs: CHECK_TIME_MS, maxHeapMb: MAX_HEAP_MB, logger },
    file: threadFile ?? new URL('./response-schema-thread.js', import.meta.url),
    eager: false,
    clock: 'cpu',
    data: null,
    queue: { max: MAX_WAITING, maxOfTenant: MAX_WAITING_OF_TENANT, waitMs: WAIT_MS },
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
        throw new Error('no thread was free for the schema of an answer');
    }
  };
  const require = async (request: SchemaRequest, turn: SchemaTurn): Promise<void> => {
    const verdict = await check(request, turn);
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
