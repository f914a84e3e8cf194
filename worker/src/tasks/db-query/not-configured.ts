import { finalError } from '../task-error.js';

/** The operator has no database for this engine. */
export const notConfigured = (): Error =>
  finalError('CAPABILITY_UNAVAILABLE', "Tasks of type 'db.query' are not configured here for this engine.");
