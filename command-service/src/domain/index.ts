export { decideAt, evolve, type CommandContext, type Decided } from './decider.js';
export { refused, type Decision, type Memory } from './decision.js';
export { toEvents } from './to-events.js';
export {
  emptyTenantState,
  isBlank,
  SNAPSHOT_FORMAT,
  stateFromJson,
  stateToJson,
  type TenantState,
} from './tenant-state.js';
