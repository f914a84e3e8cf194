export { makeAnswerLimiter, type AnswerLimiter, type HeldBytes } from './answer-limiter.js';
export * from './call.js';
export type { DeniedCall, OnDenied } from './denied-call.js';
export * from './flow-route.js';
export * from './prefer.js';
export { checkedValue, TemplateRefusal, templateRefusalBody } from './template-answer.js';
export * from './template-route.js';
export { serverOptions } from './server-options.js';
