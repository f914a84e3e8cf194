export { forgetStale } from './attempts.js';
export { decide } from './decide.js';
export { evolve } from './evolve.js';
export { toEvents } from './to-events.js';
export { forgetFired } from './fired-triggers.js';
export { forgetExpiredKeys } from './idempotency.js';
export { emptyTenantState, isBlank, type TenantState } from './tenant-state.js';
export { SNAPSHOT_FORMAT, stateFromJson, stateToJson } from './tenant-state-json.js';
export type { Decision, DecisionContext } from './decision.js';
