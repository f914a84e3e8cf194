import type { Json, JsonObject } from '@flowplane/contracts';
import { makeMasked } from '../../../outbound/masked.js';
import { finalError, isUnreachable, retryableError, TaskError } from '../../../task-error.js';
import type { DatabaseAnswer, DatabaseCall } from '../database-call.js';

/** Runs the queries of one server. */
export type CallRunner = {
  readonly run: (call: DatabaseCall) => Promise<JsonObject>;
  readonly close: () => Promise<unknown>;
};

/** Answers one call, whatever happens: only what ends the process has no answer. @returns JSON in one line */
export async function answerTo(runner: CallRunner, call: DatabaseCall): Promise<string> {
  const answer = await outcomeOf(runner, call);
  const { maxOutputBytes } = call.server;
  const text = JSON.stringify(answer);
  return Buffer.byteLength(text) > maxOutputBytes + ENVELOPE_BYTES ? JSON.stringify(tooLarge(maxOutputBytes)) : text;
}

/** Bytes of an answer beside its result. */
const ENVELOPE_BYTES = 1000;

async function outcomeOf(runner: CallRunner, call: DatabaseCall): Promise<DatabaseAnswer> {
  try {
    return { ok: true, result: await runner.run(call) };
  } catch (thrown) {
    const { code, message, retryable } = asConnectionError(thrown);
    // A server may call a constraint what it likes: also by the password that it was told.
    const { password = '' } = call.server.secret;
    return { ok: false, code, message: makeMasked([password]).text(message), retryable };
  }
}

/** What the driver makes of a server that does not keep to its protocol has texts of the server: none is passed on. */
function asConnectionError(thrown: unknown): TaskError {
  if (thrown instanceof TaskError) return thrown;
  if (isUnreachable(thrown)) return retryableError('UPSTREAM_UNAVAILABLE', 'The database is not available.');
  return finalError('UPSTREAM_ERROR', 'The database of the connection does not answer as its driver understands it.');
}

const asAnswer = ({ code, message, retryable }: TaskError): DatabaseAnswer => ({ ok: false, code, message, retryable });

const tooLarge = (maxBytes: number): Json =>
  asAnswer(finalError('PAYLOAD_TOO_LARGE', `The output has more than ${maxBytes} bytes.`)) as Json;
