export * from './plain-text.js';
export * from './flow-row.js';
