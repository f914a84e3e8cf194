import { beginningOf, isJsonObject, type Json, type JsonObject } from '@flowplane/contracts';
import type { StepCall } from '../step.js';
import { backendFailure, type StepFailure } from '../step-failure.js';
import { OpenSearchUnreachable, type OpenSearchAnswer, type OpenSearchRequest } from './client.js';

/** Characters of a message that a step fails with. */
const MAX_MESSAGE_CHARS = 2000;

export type Ask = Omit<OpenSearchRequest, 'signal' | 'tenantId'> & {
  /** The message where the server's own may not be passed on (provisioning 8.3): `Failed to …`. */
  readonly failure: string;
};

type Asking = Pick<StepCall, 'client' | 'signal' | 'tenantId' | 'inputs'>;

/** Sends a request of a step. @returns the body of the answer @throws StepFailure for every status from 400 on */
export async function ask(call: Asking, request: Ask): Promise<JsonObject> {
  const answer = await exchange(call, request);
  if (answer.status >= 400) throw refusal(call, answer, request);
  return isJsonObject(answer.body) ? answer.body : {};
}

/** As `ask`, for a removal: what is not there counts as removed. */
export async function askToRemove(call: Asking, request: Ask): Promise<void> {
  const answer = await exchange(call, request);
  if (answer.status >= 400 && answer.status !== 404) throw refusal(call, answer, request);
}

/** Sends a request of a step. @returns the answer, whatever its status @throws StepFailure when none came */
export async function exchange(call: Asking, { failure, ...request }: Ask): Promise<OpenSearchAnswer> {
  const { client, signal, tenantId } = call;
  try {
    return await client.send({ ...request, signal, ...(tenantId === undefined ? {} : { tenantId }) });
  } catch (thrown) {
    if (!(thrown instanceof OpenSearchUnreachable)) throw thrown;
    throw backendFailure(failure, 503, { cause: thrown, isOutcomeUnknown: thrown.mayHaveArrived });
  }
}

/** An answer from 400 on as a failure. From 500 on the server may have done it before it failed. */
export function refusal({ inputs }: Asking, { status, body }: OpenSearchAnswer, { failure }: Ask): StepFailure {
  return backendFailure(shownMessage(inputs, safeText(status, body) ?? failure), status, {
    isOutcomeUnknown: status >= 500,
  });
}

/** Types of errors whose text is meant for the one who asked; every 400 is as well (provisioning 8.3). */
const SAFE_TYPES: ReadonlySet<string> = new Set(['illegal_argument_exception', 'status_exception', 'parse_exception']);

function safeText(status: number, body: Json): string | undefined {
  const error = isJsonObject(body) ? (body['error'] ?? null) : null;
  if (typeof error === 'string') return status === 400 && error !== '' ? error : undefined;
  if (!isJsonObject(error)) return undefined;
  const { type, reason } = error;
  if (typeof reason !== 'string' || reason === '') return undefined;
  return status === 400 || (typeof type === 'string' && SAFE_TYPES.has(type)) ? reason : undefined;
}

/** Shorter ones would blot out words that are none. */
const MIN_SECRET_CHARS = 4;

/** A message with an end, and without what no message may repeat. */
export const shownMessage = (inputs: JsonObject, text: string): string =>
  beginningOf(withoutSecrets(text, inputs), MAX_MESSAGE_CHARS);

/** Whatever the server says: no message repeats a value of a `credential` map, at any depth of the inputs. */
function withoutSecrets(text: string, inputs: JsonObject): string {
  return credentialTexts(inputs)
    .filter((secret) => secret.length >= MIN_SECRET_CHARS)
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

function credentialTexts(value: Json, isCredential = false): readonly string[] {
  if (typeof value === 'string') return isCredential ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => credentialTexts(item, isCredential));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    credentialTexts(member, isCredential || name === 'credential'),
  );
}
