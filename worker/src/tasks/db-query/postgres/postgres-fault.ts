import { beginningOf } from '@flowplane/contracts/json/beginning-of';
import {
  AnswerTooLarge,
  isDataFault,
  isMissingSchema,
  isRetryableTransaction,
  isTooLong,
  isUnavailable,
  namesIn,
  sqlState,
} from '@flowplane/plumbing/postgres';
import { isUntrusted } from '../../outbound/untrusted.js';
import { finalError, retryableError, TaskError } from '../../task-error.js';

const UNIQUE_OR_EXCLUDED = ['23505', '23P01'];
const NOT_ALLOWED = '42501';
/** No operator for these types, a type that does not fit, a generated column, an update of a view that has none. */
const UNFIT = ['42804', '42883', '42725', '42846', '428C9', '0A000', '55000'];
/** Server full, out of memory or read-only for now. */
const SHORT_OF = /^(53...|25006)$/;

/**
 * A fault of the transaction as the task's. Messages name constraints and columns, never values, and have nothing else of what the
 * server said.
 *
 * @param fenced whether the transaction had become the tenant's; before that nothing of the author's was asked
 * @param isOperators the database is the operator's, not that of a tenant's connection
 */
export function asQueryError(thrown: unknown, fenced: boolean, isOperators = true): unknown {
  if (thrown instanceof TaskError) return thrown;
  if (thrown instanceof AnswerTooLarge) {
    return finalError('PAYLOAD_TOO_LARGE', 'The rows hold more than a task may return; use /projection or /page/size.');
  }
  const state = sqlState(thrown);
  if (isUnavailable(thrown) || isRetryableTransaction(thrown) || (state !== undefined && SHORT_OF.test(state))) {
    return retryableError('UPSTREAM_UNAVAILABLE', `The database is not available (${state ?? 'connection lost'}).`);
  }
  if (isUntrusted(thrown) || speaksNoTls(thrown)) {
    return retryableError(
      'UPSTREAM_UNAVAILABLE',
      'The database offers no TLS, or has a certificate that is not trusted.',
    );
  }
  if (state === undefined) return thrown;
  if (!fenced) {
    if (!isOperators) {
      return finalError('FORBIDDEN', `The database of the connection does not let the worker in (${state}).`);
    }
    return finalError(
      'CAPABILITY_UNAVAILABLE',
      `The data database does not take the worker as flows_service (${state}).`,
    );
  }
  const { constraint, column } = shownNames(thrown);
  const named = column === undefined ? state : `${state}, column ${column}`;
  if (UNIQUE_OR_EXCLUDED.includes(state)) {
    return finalError('CONFLICT', `The row breaks the constraint ${constraint ?? state}.`);
  }
  if (state === NOT_ALLOWED) return finalError('FORBIDDEN', 'The tables or their row policies do not allow this.');
  if (isMissingSchema(thrown)) return finalError('SCHEMA_ERROR', `A table or column is not there any more (${state}).`);
  if (isTooLong(thrown)) return retryableError('TIMEOUT', 'The statement took too long and was ended.');
  if (isDataFault(thrown) || UNFIT.includes(state)) {
    return finalError('VALIDATION_ERROR', `The database refuses a value (${constraint ?? named}).`);
  }
  return finalError('UPSTREAM_ERROR', `The database failed (${state}).`);
}

/** Longest name that PostgreSQL has, in bytes; what says that it is a PostgreSQL may send anything. */
const MAX_NAME_CHARS = 63;

function shownNames(thrown: unknown): ReturnType<typeof namesIn> {
  const { constraint, column } = namesIn(thrown);
  return { constraint: shortName(constraint), column: shortName(column) };
}

const speaksNoTls = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  /^(The server does not support SSL connections|There was an error establishing an SSL connection)$/.test(
    thrown.message,
  );

const shortName = (name: string | undefined): string | undefined =>
  name === undefined ? undefined : beginningOf(name, MAX_NAME_CHARS);
