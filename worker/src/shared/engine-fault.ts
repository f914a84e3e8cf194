import { isUnavailable } from '@flowplane/plumbing/postgres';

/** gRPC status codes we tell apart (the numbers are the protocol's). */
const GRPC = { invalidArgument: 3, notFound: 5, alreadyExists: 6, outOfRange: 11, unavailable: 14 } as const;

/**
 * What a failed engine call means. `unreachable`: nobody answers, wait for the engine; `transient`: this call may
 * succeed later; `not-found`: no such run; `permanent`: it never will; `foreign`: the engine was not even asked, our
 * own side failed.
 */
export type EngineFaultKind = 'unreachable' | 'transient' | 'not-found' | 'permanent' | 'foreign';

/** An id beyond the columns of the engine's store, which the engine reports as if its store were away. */
const TOO_LONG = /value too long for type|data too long for column/i;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** The gRPC status of an error of the client, which may be wrapped; undefined: the error is not the engine's. */
function grpcStatus(cause: unknown): number | undefined {
  let error = cause;
  for (let depth = 0; depth < 5 && isObject(error); depth++) {
    if (typeof error['code'] === 'number' && typeof error['details'] === 'string') return error['code'];
    error = error['cause'];
  }
  return undefined;
}

export function engineFaultKind(cause: unknown): EngineFaultKind {
  const status = grpcStatus(cause);
  if (status === undefined) return withoutStatus(cause);
  if (status === GRPC.unavailable) return TOO_LONG.test(messageOf(cause)) ? 'permanent' : 'unreachable';
  if (status === GRPC.notFound) return /namespace/i.test(messageOf(cause)) ? 'transient' : 'not-found';
  if (status === GRPC.invalidArgument || status === GRPC.outOfRange) {
    // Search attributes missing in the namespace are a fault of the set-up, not of the run: it must not be lost.
    return /search attribute|mapping/i.test(messageOf(cause)) ? 'transient' : 'permanent';
  }
  return 'transient';
}

/** What was to be made is there. */
export const isAlreadyThere = (cause: unknown): boolean => grpcStatus(cause) === GRPC.alreadyExists;

function withoutStatus(cause: unknown): EngineFaultKind {
  if (cause instanceof Error && cause.name === 'NamespaceNotFoundError') return 'transient';
  return isUnavailable(cause) ? 'transient' : 'foreign';
}

/** Messages of an error and its causes, for people. */
export function messageOf(cause: unknown): string {
  const texts: string[] = [];
  let error = cause;
  for (let depth = 0; depth < 5 && error instanceof Error; depth++) {
    if (!texts.includes(error.message)) texts.push(error.message);
    error = error.cause;
  }
  return texts.join(': ');
}
