import { errorCodeOf, finalError, retryableError, TaskError } from '../task-error.js';

/** What the client throws: replies of the server are numbers here, and their texts are left where they are. */
type SmtpFault = {
  readonly responseCode?: number;
  /** One for each recipient, where the server took none of them. */
  readonly rejectedErrors?: readonly SmtpFault[];
};

/** Codes of the client for a connection that failed, without a reply. */
const CONNECTION_CODES: ReadonlySet<string> = new Set(['ECONNECTION', 'ESOCKET', 'ETLS', 'EDNS', 'ENOTFOUND']);
/** Codes of the system, and of the client where a time was up. */
const SYSTEM_CODE = /^E(CONN|TIMEDOUT|AI_|NET|HOST|PIPE)/;

/**
 * A failure of a dialog as tasks 3.5 has it. Of replies only their code is told: a text of the server could hold anything,
 * also a password that it was given.
 */
export function asMailError(thrown: unknown): unknown {
  if (thrown instanceof TaskError) return thrown;
  const { responseCode, rejectedErrors } = thrown as SmtpFault;
  if (rejectedErrors !== undefined) return refusedRecipients(rejectedErrors);
  if (responseCode !== undefined && responseCode >= 500) {
    return finalError('UPSTREAM_ERROR', `The mail server refused the message with reply ${responseCode}.`);
  }
  if (responseCode !== undefined && responseCode >= 400) {
    return retryableError(
      'UPSTREAM_UNAVAILABLE',
      `The mail server cannot take the message now: reply ${responseCode}.`,
    );
  }
  const code = errorCodeOf(thrown) ?? '';
  if (CONNECTION_CODES.has(code) || SYSTEM_CODE.test(code)) {
    return retryableError('UPSTREAM_UNAVAILABLE', `The connection to the mail server failed (${code}).`);
  }
  return finalError('UPSTREAM_ERROR', 'The mail server did not answer as SMTP has it.');
}

/** A server that would take one of them later is asked again. */
function refusedRecipients(faults: readonly SmtpFault[]): TaskError {
  const codes = [...new Set(faults.map(({ responseCode = 0 }) => responseCode))].sort((one, other) => one - other);
  const list = codes.join(', ');
  if (codes.some((code) => code >= 400 && code < 500)) {
    return retryableError('UPSTREAM_UNAVAILABLE', `The mail server takes no recipient now: replies ${list}.`);
  }
  return finalError('RECIPIENTS_REJECTED', `The mail server refused every recipient: replies ${list}.`);
}
