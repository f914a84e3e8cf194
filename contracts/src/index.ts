export * from './assert-never.js';
export * from './log/index.js';
export * from './flow/index.js';
export * from './json/index.js';
export * from './ids/index.js';
export * from './problems/index.js';
export * from './identity/index.js';
export * from './api/index.js';
export * from './token/index.js';
export * from './triggers/index.js';
export * from './quotas/index.js';
export * from './client/index.js';
export * from './templates/index.js';
export * from './connections/index.js';
export * from './connections/check-connection.js'; // reads private keys, which browsers cannot: not in the index that they import
