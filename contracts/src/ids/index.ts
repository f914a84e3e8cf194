export * from './uuid-v5.js';
export * from './execution-id.js';
export * from './names.js';
export * from './child-execution-id.js';
