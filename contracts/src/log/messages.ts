/** TypeScript shapes of the messages whose Avro schemas stand in `avro-schemas.ts`. */
export type * from './message-parts.js';
export type * from './commands.js';
export type * from './trigger-commands.js';
export type * from './events.js';
export type * from './trigger-events.js';
