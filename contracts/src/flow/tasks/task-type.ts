import type { ConnectionKind } from '../../connections/kinds.js';
import type { JsonObject } from '../json.js';

/** A draft-07 schema as plain data. */
export type TaskInputSchema = {
  readonly type: 'object';
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly anyOf?: readonly unknown[];
};
export type TaskOutputSchema = {
  readonly type: 'object';
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

/** One way in which a task of the type fails, beside those that all types have (tasks 2.1, 5.4, 6.1). */
export type TaskTypeError = {
  /** Type of the failure; `retryPolicy.nonRetryableErrors` matches it. */
  readonly code: string;
  /** Tried again as the node's policy says; otherwise it ends the task at once. */
  readonly retryable: boolean;
  /** A phrase: when this happens. */
  readonly when: string;
};

/** Input of a task as an author writes it, expressions included. */
export type TaskExample = { readonly title: string; readonly input: JsonObject };

/** One type of task: what the catalogue route lists, what inputs are checked against, and what its page says. */
export type TaskType = {
  readonly id: string;
  readonly label: string;
  readonly category: string;
  /** One or two sentences for a palette. */
  readonly description: string;
  /** JSON Schema (draft-07) of the evaluated input; `x-expression` marks fields an editor offers as expressions. */
  readonly inputSchema: TaskInputSchema;
  /** Members whose `enum` is for editors only: the task has its own codes for other values. */
  readonly valuesLeftToTask?: readonly string[];
  /** Takes members that its schema does not name, without a warning. */
  readonly takesOtherMembers?: true;
  /** Code of an attempt where the backend is not configured; default `CAPABILITY_UNAVAILABLE`. */
  readonly notConfiguredCode?: string;
  /** JSON Schema (draft-07) of the output, `status` included. */
  readonly outputSchema: TaskOutputSchema;
  readonly errors: readonly TaskTypeError[];
  /** A sentence: what a second attempt does when the result of the first one was lost. */
  readonly repeat: string;
  /** Kinds of connections that `connection` of the input may name; empty: the type takes none. */
  readonly connections: readonly ConnectionKind[];
  /** Works without a connection although no server of its kind is configured for all. */
  readonly needsNoBackend?: true;
  /** Member of the input whose value is the kind of connection, of a type that takes several. */
  readonly kindMember?: string;
  /** At least one; the first stands on the type's page. */
  readonly examples: readonly TaskExample[];
};
