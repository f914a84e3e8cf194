import type { Event } from '@flowplane/contracts';
import { flowAfter, isFlowChange, type FlowRow } from '@flowplane/contracts/read-model';
import { makeKnownFlows } from '../known-flows/index.js';

/** Rows of flows that follow from the log, of those that somebody here has created since this process began to read it. */
export type FollowedFlows = {
  /**
   * Takes an event, each once and in the order of the log.
   *
   * @param isAwaited somebody here waits for its command
   * @returns the row that it leaves; undefined where the row before it is not known
   */
  readonly take: (event: Event, offset: number, isAwaited: boolean) => FlowRow | undefined;
  /** For when an event may have been missed. */
  readonly forget: () => void;
};

export function makeFollowedFlows(flows = makeKnownFlows()): FollowedFlows {
  /** Events of others are not even decoded. */
  const tenants = new Set<string>();
  const forget = (): void => {
    flows.clear();
    tenants.clear();
  };
  return {
    forget,
    take: (event, offset, isAwaited) => {
      const { tenantId, workspaceId } = event.meta;
      if (event.type === 'TenantPurged' && tenants.has(tenantId)) forget();
      if (!isFlowChange(event) || !(isAwaited || tenants.has(tenantId))) return undefined;
      const key = `${tenantId}:${workspaceId}:${event.data.flowId}`;
      const before = flows.row(key);
      if (event.type === 'FlowCreated' ? !isAwaited : before?.revision !== event.data.revision - 1) {
        flows.drop(key);
        return undefined;
      }
      const after = flowAfter(before, event, offset);
      if (after === undefined || after.deletedAt !== null) flows.drop(key);
      else {
        tenants.add(tenantId);
        flows.putRow(key, after);
      }
      return after;
    },
  };
}
