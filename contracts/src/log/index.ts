export type * from './messages/index.js';
export * from './frame-order.js';
export * from './stream-line.js';
export * from './codec.js';
export * from './record-header.js';
export * from './epoch-rule.js';
export * from './partition.js';
export * from './position.js';
export * from './topics.js';
