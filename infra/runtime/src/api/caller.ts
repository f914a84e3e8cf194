import {
  commandNameOf,
  type AccessResult,
  isTooLongName,
  MAX_NAME_LENGTH,
  type GuardedRouteName,
  type HeaderReader,
  type Identity,
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

/** The kinds of credentials that a service takes, as its API document names them; absent: not said. */
export type TakenCredentials = { readonly credentials?: readonly string[] };

/** 401 that says what would help. */
export const unknownCaller = ({ credentials }: TakenCredentials, message?: string): Refusal =>
  refusal(
    'UNAUTHENTICATED',
    message === undefined ? {} : { message },
    credentials === undefined ? {} : { acceptedCredentials: credentials },
  );

/** 403 that says what would help, where a role would. */
export const notLetIn = ({ problem, requiredRoles }: AccessResult & { readonly granted: false }): Refusal =>
  new Refusal(problem, requiredRoles === undefined ? {} : { requiredRoles });

const NAMELESS = 'A command needs a credential with a subject: x-auth-subject, or the claim sub of a token.';

/** The caller, who is somebody; on a command also somebody with a name, which the audit keeps. @throws Refusal 401, 400 */
export function knownCaller(
  identity: Identity | undefined,
  route: GuardedRouteName,
  taken: TakenCredentials,
): Identity {
  if (identity === undefined) throw unknownCaller(taken);
  if (identity.hasSubject || commandNameOf(route) === undefined) return shortNamed(identity);
  throw unknownCaller(taken, NAMELESS);
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

/** The caller, whose name the log keeps. @throws Refusal 400 INVALID_TEXT when it is too long for that */
export function shortNamed(identity: Identity): Identity {
  if (!isTooLongName(identity.actorId)) return identity;
  throw refusal('INVALID_TEXT', { message: `The caller's subject must have at most ${MAX_NAME_LENGTH} characters.` });
}
