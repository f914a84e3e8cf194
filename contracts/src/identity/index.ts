export * from './identity.js';
export * from './access.js';
