export { apiDocument, type ApiDocument, type ApiDocumentOptions } from './document.js';
export { operations, type Operation } from './operation.js';
