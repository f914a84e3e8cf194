export * from './answer-lookups.js';
export * from './ask-cluster.js';
export * from './channel.js';
export * from './lookups.js';
export * from './migrations.js';
export * from './open-cluster-state.js';
export * from './settings.js';
