export * from './quotas.js';
export * from './parse-quotas.js';
