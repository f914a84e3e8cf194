export * from './quota-evaluator.js';
export * from './start-quotas.js';
