export * from './metrics.js';
export { watchLoopTurns } from './loop-turns.js';
export * from './traceparent.js';
export * from './spans.js';
export type { Tracing } from './exporting.js';
export { startTracing } from './start-tracing.js';
