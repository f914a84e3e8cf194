export * from './envelope.js';
export * from './execution-token.js';
