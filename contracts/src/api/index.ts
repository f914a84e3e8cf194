export * from './routes.js';
export * from './operator-routes.js';
export * from './caller-routes.js';
export * from './template-routes.js';
export * from './command-outcome.js';
export * from './schema/index.js';
export { unknownMembers } from './known-members.js';
export * from './openapi/index.js';
export * from './command-names.js';
