export * from './api-key.js';
export * from './identity.js';
export * from './jwt.js';
export * from './access.js';
export * from './approvers.js';
export * from './granted-routes.js';
