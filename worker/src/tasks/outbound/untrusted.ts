import { errorCodeOf } from '../task-error.js';

/** True for what Node says of a server whose certificate it does not accept, or that speaks another TLS or none. */
export const isUntrusted = (error: unknown): boolean =>
  /CERT|^ERR_(TLS|SSL)|^UNABLE_TO_|^EPROTO$/.test(errorCodeOf(error) ?? '');
