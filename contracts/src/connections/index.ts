export * from './kinds.js';
export * from './llm-models.js';
export * from './schemas.js';
