export * from './read-json.js';
export { exceededBound } from './json-bounds.js';
