export * from './uuid-v5.js';
export * from './execution-id.js';
export * from './names.js';
