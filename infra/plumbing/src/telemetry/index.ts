export * from './metrics.js';
export * from './traceparent.js';
export * from './spans.js';
export { startTracing, type Tracing } from './start-tracing.js';
