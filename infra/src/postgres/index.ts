export * from './pool.js';
export * from './run-together.js';
export * from './transaction.js';
export * from './faults.js';
export * from './database.js';
export * from './migrate.js';
export * from './listen.js';
export * from './progress-tracker.js';
