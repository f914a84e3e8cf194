import { Int, Json, Long, optional, record, type StaticOf, Text } from './avro.js';

/** What messages of several concepts are made of. */

export const PROBLEM = {
  status: Int,
  code: Text,
  message: Text,
  /** An array. */
  errors: optional(Json),
  dimension: optional(Text),
  retryAfterSeconds: optional(Int),
};
/** A refusal as data: what the HTTP edge turns into status and body. */
export type Problem = StaticOf<typeof Problem>;
export const Problem = record('Problem', PROBLEM);

export const STORED_VALUE = {
  json: optional(Json),
  ref: optional(Text),
  sizeBytes: Long,
};
/** A JSON value, inline (`json`) or by content hash (`ref`: key of the content store). */
export type StoredValue = StaticOf<typeof StoredValue>;
export const StoredValue = record('StoredValue', STORED_VALUE);

export const RUN = { flowId: Text, executionId: Text };
