export * from './event-reader.js';
export * from './halted-partitions.js';
