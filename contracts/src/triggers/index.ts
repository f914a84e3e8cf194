export * from './registration.js';
export * from './execution-ids.js';
export * from './webhook-secret.js';
