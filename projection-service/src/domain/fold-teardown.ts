import type { Event } from '@flowplane/contracts';
import type { ControlKnown } from './control-batch.js';
import type { LoggedEvent } from './logged-event.js';

/** A tenant whose rows all go. `requested`: runs asked for in the batch, before the purge. */
export type Purge = { readonly tenantId: string; readonly requested: readonly string[]; readonly purgedAt: number };

/** A batch without what its purges undo. */
export type Purged<L extends LoggedEvent> = { readonly purges: readonly Purge[]; readonly left: readonly L[] };

/** Takes out of a batch what stands before the purge of its tenant. */
export function takePurges<L extends LoggedEvent>(batch: readonly L[]): Purged<L> {
  const purgedBy = new Map<string, { readonly index: number; readonly purgedAt: number }>();
  batch.forEach(({ message: { type, meta } }, index) => {
    if (type === 'TenantPurged') purgedBy.set(meta.tenantId, { index, purgedAt: meta.occurredAt });
  });
  if (purgedBy.size === 0) return { purges: [], left: batch };
  const isUndone = ({ message }: L, index: number): boolean =>
    index < (purgedBy.get(message.meta.tenantId)?.index ?? -1);
  const requestedOf = (tenantId: string): readonly string[] =>
    batch
      .filter(isUndone)
      .flatMap(({ message: { type, meta, data } }) =>
        type === 'ExecutionRequested' && meta.tenantId === tenantId ? [data.executionId] : [],
      );
  return {
    purges: [...purgedBy].map(([tenantId, { purgedAt }]) => ({ tenantId, requested: requestedOf(tenantId), purgedAt })),
    left: batch.filter((logged, index) => !isUndone(logged, index)),
  };
}

/** What the tables will still say when the purges are done. */
export function knownAfter(known: ControlKnown, purges: readonly Purge[]): ControlKnown {
  if (purges.length === 0) return known;
  const tenants = new Set(purges.map(({ tenantId }) => tenantId));
  const without = <V>(entries: ReadonlyMap<string, V>, separator: ':' | '/'): ReadonlyMap<string, V> =>
    new Map([...entries].filter(([key]) => !tenants.has(key.slice(0, key.indexOf(separator)))));
  return {
    ...known,
    flows: without(known.flows, ':'),
    generations: without(known.generations, ':'),
    schedules: without(known.schedules, ':'),
    webhooks: without(known.webhooks, ':'),
    templates: without(known.templates, ':'),
    denials: without(known.denials, '/'),
  };
}

export type FenceRow = {
  readonly tenantId: string;
  readonly fenceId: string;
  readonly fencedAt: number;
  readonly openRuns: number;
};
/** `drain`: JSON text. */
export type DrainRow = { readonly tenantId: string; readonly fenceId: string; readonly drain: string };

/** Fences and drains that a batch holds, each tenant's last one. */
export function foldFences(batch: readonly { readonly message: Event }[]): {
  readonly fences: readonly FenceRow[];
  readonly drains: readonly DrainRow[];
} {
  const fences = new Map<string, FenceRow>();
  const drains = new Map<string, DrainRow>();
  for (const { message } of batch) {
    const { tenantId, commandId, occurredAt } = message.meta;
    if (message.type === 'TenantFenced') {
      const { openRuns } = message.data;
      fences.set(tenantId, { tenantId, fenceId: commandId, fencedAt: occurredAt, openRuns });
    } else if (message.type === 'TenantDrained') {
      drains.set(tenantId, { tenantId, fenceId: message.data.fenceId, drain: JSON.stringify(message.data) });
    }
  }
  return { fences: [...fences.values()], drains: [...drains.values()] };
}
