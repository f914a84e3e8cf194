import { durationMs, optional, url } from '@flowplane/plumbing/config';

/** The operator's server of functions (tasks 3.3). */
export const FUNCTIONS_ENTRIES = {
  functionsUrl: optional(url('FLOWS_FUNCTIONS_URL')),
  functionsTimeoutMs: durationMs('FLOWS_FUNCTIONS_TIMEOUT', 60_000, { min: 1, max: 86_400_000 }),
};
