export * from './event-reader.js';
export * from './halted-partitions.js';
export * from './position-at.js';
