import { unknownMembers, type OperationName } from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';
import type { FastifyReply } from 'fastify';
import { jsonObjectIfAny, type Answer, type Call } from './call.js';
import { handlesStrictly } from './prefer.js';

const APPLIED = 'preference-applied';
const STRICT = 'handling=strict';
const MAX_NAMED = 20;

type StrictCall = Pick<Call, 'method' | 'headers' | 'body' | 'mediaType'>;

/**
 * Handles a call as `Prefer: handling` says (flows-api 3.9): strictly, members of the body that the operation does not
 * know are refused, and the answer says that the preference was applied. On reads it means nothing.
 *
 * @throws Refusal 400 UNKNOWN_MEMBER
 */
export async function handledAsPreferred<Answered extends Pick<Answer, 'headers'>>(
  operation: OperationName,
  call: StrictCall,
  reply: Pick<FastifyReply, 'header'>,
  handle: () => Promise<Answered | undefined>,
): Promise<Answered | undefined> {
  if (call.method === 'GET' || call.method === 'HEAD' || !handlesStrictly(call)) return handle();
  // For refusals as well.
  reply.header(APPLIED, STRICT);
  refuseUnknownMembers(operation, call);
  const answer = await handle();
  if (answer === undefined) return undefined;
  const others = answer.headers?.[APPLIED];
  return {
    ...answer,
    headers: { ...answer.headers, [APPLIED]: others === undefined ? STRICT : `${STRICT}, ${others}` },
  };
}

function refuseUnknownMembers(operation: OperationName, call: StrictCall): void {
  // A definition as YAML is checked as one: it is closed.
  if (call.mediaType === 'application/yaml') return;
  const unknown = unknownMembers(operation, jsonObjectIfAny(call));
  if (unknown.length === 0) return;
  const named = unknown.slice(0, MAX_NAMED).map((pointer) => JSON.stringify(pointer));
  const more = unknown.length > MAX_NAMED ? ' …' : '';
  throw refusal('UNKNOWN_MEMBER', {
    message: `The request body has members that are not known here: ${named.join(', ')}${more}`,
  });
}
