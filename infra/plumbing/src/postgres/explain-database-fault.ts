import { explainTlsFault } from '../tls/index.js';

/** Whichever of them the URL came from: it is not known here. */
const URL_VARIABLES = 'FLOWS_DB_URL and FLOWS_STATE_DB_URL';

const VARIABLES = {
  address: `the host of ${URL_VARIABLES}`,
  tls: `sslmode in ${URL_VARIABLES}`,
  authorities: `sslrootcert in ${URL_VARIABLES}`,
  certificate: `sslcert and sslkey in ${URL_VARIABLES}`,
};

const INVALID_PASSWORD = '28P01';
const INVALID_AUTHORIZATION = '28000';

/** Says why a database refuses us and which variable to look at; undefined for any other fault. */
export function explainDatabaseFault(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { code } = cause as { readonly code?: unknown };
  if (code === INVALID_PASSWORD) return `the database refuses user or password: look at ${URL_VARIABLES}`;
  if (code === INVALID_AUTHORIZATION || cause.message === 'The server does not support SSL connections') {
    return `the database refuses this kind of connection: look at ${VARIABLES.tls}`;
  }
  return explainTlsFault(cause, VARIABLES);
}
