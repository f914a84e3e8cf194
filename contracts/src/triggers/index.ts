export * from './registration.js';
export * from './execution-ids.js';
