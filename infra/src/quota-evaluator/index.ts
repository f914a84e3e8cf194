export * from './quota-evaluator.js';
