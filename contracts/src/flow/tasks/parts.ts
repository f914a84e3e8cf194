import { CONNECTION_NAME } from '../../connections/kinds.js';
import type { TaskTypeError } from './task-type.js';

/* Pieces of schemas and lists of errors that several types share. */

export const TEXT = { type: 'string' };
export const FILLED_TEXT = { type: 'string', minLength: 1 };
export const EXPRESSION_TEXT = { type: 'string', 'x-expression': true };
export const FREE_OBJECT = { type: 'object' };

/** Logical topic and event type names; a physical topic name ends at 249 characters. */
export const TOPIC_PATTERN = '^[a-zA-Z0-9][a-zA-Z0-9._-]{0,159}$';

export const OBJECT_KEY = { type: 'string', minLength: 1, maxLength: 1024, 'x-expression': true };

/** Name of a connection of the workspace (tasks 9), as the author writes it; `default` is the operator's backend. */
export const CONNECTION = {
  type: 'string',
  pattern: CONNECTION_NAME.source,
  description: 'Name of a connection of the workspace, as it is written, never an expression.',
};

/** Member of every output of the catalogue. */
export const SUCCESS = { const: 'success' };

/** The backend is not configured for this worker, and the task names no connection. */
export const NOT_CONFIGURED: TaskTypeError = {
  code: 'CAPABILITY_UNAVAILABLE',
  retryable: false,
  when: 'the backend is not configured here',
};
/** The backend cannot be reached, or says that it has no room now. */
export const UNAVAILABLE: TaskTypeError = {
  code: 'UPSTREAM_UNAVAILABLE',
  retryable: true,
  when: 'the backend cannot be reached, or answers that it cannot serve the call now',
};

/** What happens before a connection is used (tasks 9). */
export const CONNECTION_ERRORS: readonly TaskTypeError[] = [
  { code: 'CONNECTION_NOT_FOUND', retryable: false, when: 'the workspace has no connection of this name' },
  { code: 'SSRF_BLOCKED', retryable: false, when: 'the connection leads to an address that is not public' },
];
