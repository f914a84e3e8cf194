export * from './quota-evaluator.js';
export * from './start-quotas.js';
export * from './quota-config.js';
export * from './command-rates.js';
