/** What of an error is logged: no other property, since drivers hang rows, requests and connection settings on theirs. */
export type DescribedError = {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string;
  readonly cause?: DescribedError;
  readonly errors?: readonly DescribedError[];
};

const MAX_DEPTH = 5;
const MAX_ERRORS = 10;

export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: plain(error) };
  const { code, cause, errors } = error as Error & { readonly code?: unknown; readonly errors?: unknown };
  const goesOn = depth < MAX_DEPTH;
  return {
    type: error.constructor.name || error.name,
    message: error.message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(cause === undefined || !goesOn ? {} : { cause: describeError(cause, depth + 1) }),
    ...(Array.isArray(errors) && goesOn
      ? { errors: errors.slice(0, MAX_ERRORS).map((one) => describeError(one, depth + 1)) }
      : {}),
  };
}

const plain = (thrown: unknown): string =>
  typeof thrown === 'string' ? thrown : `thrown: ${thrown === null ? 'null' : typeof thrown}`;
