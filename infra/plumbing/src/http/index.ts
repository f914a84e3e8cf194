export { CORRELATION_HEADER, correlationIdOf, newCorrelationId } from './correlation-id.js';
export { answerConnectionErrors } from './connection-errors.js';
export { makeCors, type Cors } from './cors.js';
export * from './refusal.js';
export { buildServer, JsonText, sendJson, sendRefusal, type ServerOptions } from './server.js';
export type { Part } from './send-parts.js';
export type { AnswerTimes } from './answer-times.js';
