import type { Json, JsonObject } from '@flowplane/contracts';
import { readJson } from '@flowplane/plumbing/json';
import type { HttpAnswer } from '../outbound/http-exchange.js';
import { finalError } from '../task-error.js';

/** The output of an answer (tasks 4.2). @param maxBytes of an output, which has the body as text as well */
export function outputOf({ status, headers, body }: HttpAnswer, wantsJson: boolean, maxBytes: number): JsonObject {
  if (wantsJson && body.length > maxBytes) {
    throw finalError(
      'PAYLOAD_TOO_LARGE',
      `The response has ${body.length} bytes; the limit of an output is ${maxBytes}.`,
    );
  }
  const text = body.toString('utf8');
  return { httpStatus: status, headers, body: text, ...(wantsJson ? { json: jsonOf(body, isSuccess(status)) } : {}) };
}

export const isSuccess = (status: number): boolean => status >= 200 && status <= 299;

/** An empty body is null; what else is no JSON is a fault of an answer that says all is well, and null of another one. */
function jsonOf(body: Buffer, mustBeJson: boolean): Json {
  if (body.length === 0) return null;
  const read = readJson(body, 'text');
  if (read.ok) return read.value as Json;
  // The reason would show a piece of the body.
  if (mustBeJson) throw finalError('RESPONSE_INVALID', 'The body of the answer is no JSON.');
  return null;
}
