export * from './log/index.js';
export * from './flow/index.js';
export * from './ids/index.js';
export * from './problems/index.js';
export * from './identity/index.js';
export * from './api/index.js';
export * from './token/index.js';
export * from './triggers/index.js';
