export * from './kinds.js';
export * from './schemas.js';
export * from './check-connection.js';
