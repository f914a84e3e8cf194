export { apiDocument, type ApiDocument } from './document.js';
export { operations, type Operation } from './operation.js';
