import { durationMs, optional, url } from '@flowplane/plumbing/config';

/** The operator's server of functions (tasks 3.3). */
export const FUNCTIONS_ENTRIES = {
  /** Base address of the server of functions (tasks 3.3); unset: tasks need a connection. */
  functionsUrl: optional(url('FLOWS_FUNCTIONS_URL')),
  /** How long one call of a function may take. */
  functionsTimeoutMs: durationMs('FLOWS_FUNCTIONS_TIMEOUT', 60_000, { min: 1, max: 86_400_000 }),
};
