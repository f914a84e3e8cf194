import { START_OF_LOG, type Event, type ReadPosition } from '@flowplane/contracts';
import { emptyTenantState, evolve, type TenantState } from '../domain/index.js';

/**
 * What the events of one partition amount to. `tenants` may run ahead of `position` by what is decided and not yet
 * acknowledged; should that fail, the whole fold is thrown away.
 */
export type PartitionFold = {
  readonly tenants: Map<string, TenantState>;
  /** Tenants changed since the last snapshot. */
  dirty: Set<string>;
  /** Everything below it is in the log and in `tenants`. */
  position: ReadPosition;
  /** Highest command offset among these events; -1: none. Commands up to it are decided (event-log 5). */
  lastCommandOffset: number;
  /** Id of the commands topic as the last owner knew it; undefined: the partition never had an owner. */
  commandsTopicId: string | undefined;
};

export const emptyFold = (): PartitionFold => ({
  tenants: new Map(),
  dirty: new Set(),
  position: START_OF_LOG,
  lastCommandOffset: -1,
  commandsTopicId: undefined,
});

export function tenantOf(fold: PartitionFold, tenantId: string): TenantState {
  let state = fold.tenants.get(tenantId);
  if (state === undefined) {
    state = emptyTenantState();
    fold.tenants.set(tenantId, state);
  }
  return state;
}

/** Takes an event into its tenant's state; a purged tenant has none any more (event-log 10). */
export function foldEvent(fold: PartitionFold, event: Event): void {
  const { tenantId } = event.meta;
  evolve(tenantOf(fold, tenantId), event);
  if (event.type === 'TenantPurged') fold.tenants.delete(tenantId);
  fold.dirty.add(tenantId);
}
