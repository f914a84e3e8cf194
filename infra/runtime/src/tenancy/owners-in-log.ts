import type { Event } from '@flowplane/contracts';

/** A workspace and the tenant of its first accepted event, at `since` (epoch ms). */
export type OwnerInLog = { readonly workspaceId: string; readonly tenantId: string; readonly since: number };
/** A tenant whose workspaces were given up at `at` (epoch ms). */
export type PurgeInLog = { readonly tenantId: string; readonly at: number };

/** What the events log says about owners of workspaces, as far as it was read. */
export type OwnersInLog = {
  /** Events of one tenant in the order of the log; of different tenants in any. @param timestamp epoch ms */
  readonly take: (event: Event, timestamp: number) => void;
  readonly purges: () => readonly PurgeInLog[];
  readonly owners: () => readonly OwnerInLog[];
};

/** Types that say something about it. Whatever else is accepted in a workspace needs a flow that was created there. */
export const TELLS_OWNER: ReadonlySet<Event['type']> = new Set<Event['type']>(['FlowCreated', 'TenantPurged']);

export function makeOwnersInLog(): OwnersInLog {
  /** Times of the first events by workspace, by tenant. */
  const tenants = new Map<string, Map<string, number>>();
  const purged = new Map<string, number>();
  return {
    take: ({ type, meta: { tenantId, workspaceId } }, timestamp) => {
      if (type === 'TenantPurged') {
        tenants.delete(tenantId);
        purged.set(tenantId, timestamp);
      } else if (type === 'FlowCreated') {
        const workspaces = tenants.get(tenantId) ?? new Map<string, number>();
        tenants.set(tenantId, workspaces);
        if (!workspaces.has(workspaceId)) workspaces.set(workspaceId, timestamp);
      }
    },
    purges: () => [...purged].map(([tenantId, at]) => ({ tenantId, at })),
    owners: () => {
      const first = new Map<string, OwnerInLog>();
      for (const [tenantId, workspaces] of tenants) {
        for (const [workspaceId, since] of workspaces) {
          const other = first.get(workspaceId);
          if (other === undefined || since < other.since) first.set(workspaceId, { workspaceId, tenantId, since });
        }
      }
      return [...first.values()];
    },
  };
}
