/**
 * How a task fails (tasks 2.4, 6). `message` never holds secrets, credentials of URLs or request bodies.
 * A retryable error is tried again as the node's policy says; the other kind ends the task at once.
 */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  constructor(
    readonly code: string,
    message: string,
    readonly retryable: boolean,
    options?: TaskErrorOptions,
  ) {
    super(message, options);
    this.retryAfterMs = options?.retryAfterMs;
  }
  /** When the other side wants to be asked again, in ms from now; undefined: as the node's policy says. */
  readonly retryAfterMs: number | undefined;
}

export type TaskErrorOptions = ErrorOptions & { readonly retryAfterMs?: number | undefined };

export const finalError = (code: string, message: string): TaskError => new TaskError(code, message, false);
export const retryableError = (code: string, message: string, options?: TaskErrorOptions): TaskError =>
  new TaskError(code, message, true, options);

/** Network errors of tasks 6.1: the other side could not be reached, which may pass. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EPIPE',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Code of the first error with one in a chain of causes. */
export function errorCodeOf(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { readonly code?: unknown };
    if (typeof code === 'string') return code;
  }
  return undefined;
}

export const isUnreachable = (error: unknown): boolean => UNREACHABLE.has(errorCodeOf(error) ?? '');

/** Any thrown value as a task error; what fits nothing is `INTERNAL_ERROR`, with a message that tells no details. */
export function asTaskError(thrown: unknown): TaskError {
  if (thrown instanceof TaskError) return thrown;
  if (isUnreachable(thrown)) {
    return new TaskError('UPSTREAM_UNAVAILABLE', `The other side is not reachable (${errorCodeOf(thrown)}).`, true, {
      cause: thrown,
    });
  }
  return new TaskError('INTERNAL_ERROR', 'The task failed unexpectedly.', true, { cause: thrown });
}
