/** The Avro schemas of everything on our own topics. */
export { COMMAND_SCHEMAS, RETIRED_COMMAND_SCHEMAS } from './command-schemas.js';
export { EPOCH_STARTED_SCHEMA, EVENT_SCHEMAS, RETIRED_EVENT_SCHEMAS } from './event-schemas.js';
export { FRAME_SCHEMAS } from './frame-schemas.js';
export type { RecordSchema } from './avro-parts.js';
