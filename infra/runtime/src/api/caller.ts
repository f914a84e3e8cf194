import {
  commandNameOf,
  type HeaderReader,
  type Identity,
  type OperatorRouteName,
  type RouteName,
} from '@flowplane/contracts';
import { Refusal, refusal } from '@flowplane/plumbing/http';
import type { FastifyRequest } from 'fastify';
import { header } from './call.js';

/** The headers of a request as an identity is read from them. */
export const headersOf =
  (request: FastifyRequest): HeaderReader =>
  (name) =>
    header(request, name);

/** The `apikey` parameter, its first value when it is given more than once. */
export function queryKeyOf(request: FastifyRequest): string | undefined {
  const { apikey } = request.query as { readonly apikey?: string | readonly string[] };
  return typeof apikey === 'string' || apikey === undefined ? apikey : apikey[0];
}

/** The caller, who is somebody; on a command also somebody with a name, which the audit keeps. @throws Refusal 401 */
export function knownCaller(identity: Identity | undefined, route: RouteName | OperatorRouteName): Identity {
  if (identity === undefined) throw refusal('UNAUTHENTICATED');
  if (identity.hasSubject || commandNameOf(route) === undefined) return identity;
  throw refusal('UNAUTHENTICATED', {
    message: 'A command needs a credential with a subject: x-auth-subject, or the claim sub of a token.',
  });
}

/** Whether a check that once passed does again; one that cannot be made (503) has not failed. */
export async function isStillLetIn(check: Promise<unknown>): Promise<boolean> {
  try {
    await check;
    return true;
  } catch (cause) {
    return !(cause instanceof Refusal) || cause.problem.status >= 500;
  }
}
