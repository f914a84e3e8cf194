import { isStoreFault } from '@flowplane/plumbing/postgres';
import { PayloadTooLarge } from '@flowplane/runtime/content-store';

/** gRPC status codes we tell apart (the numbers are the protocol's). */
const GRPC = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  aborted: 10,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/**
 * What a failed engine call means. `unreachable`: nobody answers, wait for the engine; `not-ours`: the engine is not set
 * up for any call, or our own store is away, whatever this call is about; `transient`: this call may succeed later;
 * `not-found`: no such run; `permanent`: it never will; `foreign`: the engine was not even asked, our own side failed.
 */
export type EngineFaultKind = 'unreachable' | 'not-ours' | 'transient' | 'not-found' | 'permanent' | 'foreign';

/**
 * An id beyond the columns of the engine's store, which the engine reports as if its store were away; and a message
 * beyond what it takes, which it reports as if it were busy.
 */
const TOO_LARGE = /value too long for type|data too long for column|larger than max/i;

/** Without these the engine takes nothing: whose credentials we have, and what is set up in it. */
const SET_UP: readonly number[] = [GRPC.permissionDenied, GRPC.unauthenticated, GRPC.unimplemented];
const TRANSIENT: readonly number[] = [
  GRPC.cancelled,
  GRPC.unknown,
  GRPC.deadlineExceeded,
  GRPC.resourceExhausted,
  GRPC.aborted,
  GRPC.internal,
];

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
  if (TOO_LARGE.test(messageOf(cause))) return 'permanent';
  if (status === GRPC.unavailable) return 'unreachable';
  if (SET_UP.includes(status)) return 'not-ours';
  if (status === GRPC.notFound) return /namespace/i.test(messageOf(cause)) ? 'not-ours' : 'not-found';
  // Search attributes missing in the namespace are a fault of the set-up, not of the run: it must not be lost.
  if (status === GRPC.invalidArgument && /search attribute|mapping/i.test(messageOf(cause))) return 'not-ours';
  return TRANSIENT.includes(status) ? 'transient' : 'permanent';
}

/** What was to be made is there. */
export const isAlreadyThere = (cause: unknown): boolean => grpcStatus(cause) === GRPC.alreadyExists;

/** The payload codec reaches our content store inside an engine call. */
function withoutStatus(cause: unknown): EngineFaultKind {
  for (let error = cause, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    if (error.name === 'NamespaceNotFoundError' || isStoreFault(error)) return 'not-ours';
    if (error instanceof PayloadTooLarge) return 'permanent';
  }
  return 'foreign';
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
