export { decideAt, evolve, type CommandContext, type Decided } from './decider.js';
export type { Decision, Memory } from './decision.js';
export {
  emptyTenantState,
  isBlank,
  SNAPSHOT_FORMAT,
  stateFromJson,
  stateToJson,
  type TenantState,
} from './tenant-state.js';
