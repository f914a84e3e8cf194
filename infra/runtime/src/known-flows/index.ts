export { makeKnownFlows, type KnownFlows } from './known-flows.js';
