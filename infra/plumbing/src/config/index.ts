export * from './read-config.js';
export * from './entries.js';
export * from './connections.js';
export * from './inputs.js';
