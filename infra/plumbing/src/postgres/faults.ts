import pg from 'pg';

const codeOf = (cause: unknown): string => {
  const code = (cause as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

/** SQLSTATE of an error the server reported; undefined for any other error. */
export const sqlState = (cause: unknown): string | undefined =>
  cause instanceof pg.DatabaseError && /^[0-9A-Z]{5}$/.test(codeOf(cause)) ? codeOf(cause) : undefined;

/** Names in an error of the server, never values of a row. */
export function namesIn(cause: unknown): {
  readonly constraint: string | undefined;
  readonly column: string | undefined;
} {
  const { constraint, column } = cause instanceof pg.DatabaseError ? cause : {};
  return { constraint, column };
}

const NETWORK_CODES = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN'];

/**
 * True when the server or the way to it is gone for now (restart, network), or it is short of something (connections,
 * disk, memory) or broken below: the same call may succeed later.
 */
export function isUnavailable(cause: unknown): boolean {
  const code = codeOf(cause);
  if (NETWORK_CODES.includes(code)) return true;
  // 08: connection exceptions; 57P01-57P03: shutting down, crashed, starting; 53: it is short of something, such as disk;
  // 58: its system has failed it.
  if (/^(08...|57P0[123]|53...|58...)$/.test(code)) return true;
  if (cause instanceof AggregateError) return cause.errors.some(isUnavailable);
  const message = cause instanceof Error ? cause.message : '';
  return /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable/.test(
    message,
  );
}

/**
 * True for a fault of a store of our own that says nothing about this statement's data: it is away, its disk is full, it
 * is out of memory, it does not let us in, its schema is not there yet, or anything else the server reports.
 */
export function isStoreFault(cause: unknown): boolean {
  if (isUnavailable(cause)) return true;
  if (cause instanceof AggregateError) return cause.errors.some(isStoreFault);
  return sqlState(cause) !== undefined && !isDataFault(cause);
}

/** True for a serialization failure, a deadlock or a lock timeout: the whole transaction may be tried again. */
export const isRetryableTransaction = (cause: unknown): boolean => ['40001', '40P01', '55P03'].includes(codeOf(cause));

/** True for a statement that was ended, as by `statement_timeout`. */
export const isTooLong = (cause: unknown): boolean => sqlState(cause) === '57014';

/** True when the data itself cannot be stored (classes 21, 22 and 23, program limits): trying again changes nothing. */
export const isDataFault = (cause: unknown): boolean => /^((21|22|23)...|54000)$/.test(codeOf(cause));

/** True when a table, column or schema is not there (or no longer): the schema must be migrated first. */
export const isMissingSchema = (cause: unknown): boolean => ['42P01', '3F000', '42703'].includes(codeOf(cause));
