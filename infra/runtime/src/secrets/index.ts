export * from './errors.js';
export * from './key-change.js';
export * from './master-keys.js';
export * from './migrations.js';
export * from './secret-store.js';
export * from './sweep.js';
