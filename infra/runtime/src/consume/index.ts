export * from './event-reader.js';
