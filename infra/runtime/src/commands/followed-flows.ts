import type { Event } from '@flowplane/contracts';
import { flowAfter, isFlowChange, rowShown, type FlowRow } from '@flowplane/contracts/read-model';
import { makeKnownFlows } from '../known-flows/index.js';

/**
 * Rows of flows that follow from the log: from their creation or patch on, if somebody waited for that here since this process
 * began to read.
 */
export type FollowedFlows = {
  /**
   * Takes an event, each once and in the order of the log.
   *
   * @param isAwaited somebody here waits for its command
   * @returns the row that it leaves; undefined where the row before it is not known
   */
  readonly take: (event: Event, offset: number, isAwaited: boolean) => FlowRow | undefined;
  /**
   * Takes what was recorded as the answer to the command of an event for which the row was not known: the flow as it was
   * then. It counts unless there was another event about the flow meanwhile.
   *
   * @param text JSON
   */
  readonly learn: (event: Event, offset: number, text: string) => void;
  /** For when an event may have been missed. */
  readonly forget: () => void;
};

/** Answers that `learn` may still bring. */
const MAX_EXPECTED = 1000;
/** A longer one is not worth its reading. */
const MAX_LEARNED_LENGTH = 200_000;

export function makeFollowedFlows(flows = makeKnownFlows()): FollowedFlows {
  /** Events of others are not even decoded. */
  const tenants = new Set<string>();
  /** Offsets of events behind which nothing is known of their flows yet, nor has happened; the oldest first. */
  const expected = new Map<string, number>();
  const expect = (key: string, offset: number): void => {
    expected.set(key, offset);
    if (expected.size > MAX_EXPECTED) expected.delete(expected.keys().next().value ?? '');
  };
  const forget = (): void => {
    flows.clear();
    tenants.clear();
    expected.clear();
  };
  return {
    forget,
    take: (event, offset, isAwaited) => {
      const { tenantId } = event.meta;
      if (event.type === 'TenantPurged' && tenants.has(tenantId)) forget();
      if (!isFlowChange(event) || !(isAwaited || tenants.has(tenantId))) return undefined;
      const key = keyOf(event, event.data.flowId);
      expected.delete(key);
      const before = flows.row(key);
      if (event.type === 'FlowCreated' ? !isAwaited : before?.revision !== event.data.revision - 1) {
        flows.drop(key);
        if (event.type === 'FlowUpdated' && isAwaited) {
          tenants.add(tenantId);
          expect(key, offset);
        }
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
    learn: (event, offset, text) => {
      if (event.type !== 'FlowUpdated' || text.length > MAX_LEARNED_LENGTH) return;
      const key = keyOf(event, event.data.flowId);
      if (expected.get(key) !== offset) return;
      expected.delete(key);
      const row = rowShown(text, event.meta);
      if (row?.revision === event.data.revision) flows.putRow(key, row);
    },
  };
}

const keyOf = ({ meta }: Event, flowId: string): string => `${meta.tenantId}:${meta.workspaceId}:${flowId}`;
