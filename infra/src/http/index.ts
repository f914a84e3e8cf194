export * from './call.js';
export { CORRELATION_HEADER, newCorrelationId } from './correlation-id.js';
export type { DeniedCall, OnDenied } from './denied-call.js';
export { answerConnectionErrors } from './connection-errors.js';
export * from './flow-route.js';
export * from './prefer.js';
export * from './refusal.js';
export { buildServer, sendJson, sendRefusal, type ServerOptions } from './server.js';
export { routeLabel } from './request-metrics.js';
