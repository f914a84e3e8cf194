export * from './api-keys.js';
export * from './credentials.js';
export * from './jwt-verifier.js';
export * from './open-access.js';
export * from './open-secret-keys.js';
