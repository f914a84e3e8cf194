export * from './content-store.js';
export * from './errors.js';
export * from './hash.js';
export * from './migrations.js';
