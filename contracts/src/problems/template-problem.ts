import type { Problem } from '../log/messages/index.js';

export const STEP_NOT_IMPLEMENTED = 'STEP_NOT_IMPLEMENTED';

/** Codes of the provisioning surface, for the log and the command resource; its own answers have the text only. */
const CODES: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'TEMPLATE_FORBIDDEN',
  404: 'TEMPLATE_NOT_FOUND',
  429: 'TEMPLATE_THROTTLED',
  501: STEP_NOT_IMPLEMENTED,
};

/**
 * A refusal of the provisioning surface (provisioning 1.3): any status below 500, or 501, and a text, which are those of
 * OpenSearch Flow Framework.
 */
export const templateProblem = (status: number, message: string): Problem => ({
  status,
  code: CODES[status] ?? 'TEMPLATE_REFUSED',
  message,
  errors: null,
  dimension: null,
  retryAfterSeconds: null,
});
