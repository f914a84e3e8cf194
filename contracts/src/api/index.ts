export * from './routes.js';
export * from './command-outcome.js';
