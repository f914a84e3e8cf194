/** Events that the log has and the read models lack, as far as the tail has read. */
export type UnprojectedEvents = {
  /** @param tenants whose events these are, and how many each; all up to `offset` (exclusive) */
  readonly add: (partition: number, offset: number, timestampMs: number, tenants: ReadonlyMap<string, number>) => void;
  /** When the oldest of a partition was written; null when the read models have all of it. */
  readonly oldest: (partition: number) => number | null;
  /** How many of one tenant, of all tenants, and of how many tenants, in all partitions. */
  readonly share: (tenantId: string) => { readonly own: number; readonly all: number; readonly tenants: number };
};

type Mark = {
  readonly offset: number;
  readonly timestampMs: number;
  readonly tenants: ReadonlyMap<string, number>;
};

/** @param projected the read models have everything of a partition below this offset */
export function makeUnprojectedEvents(projected: (partition: number) => number): UnprojectedEvents {
  /** Per partition, oldest first. */
  const marks = new Map<number, Mark[]>();
  const counts = new Map<string, number>();
  let all = 0;

  const count = (tenants: ReadonlyMap<string, number>, sign: 1 | -1): void => {
    for (const [tenantId, events] of tenants) {
      all += sign * events;
      const left = (counts.get(tenantId) ?? 0) + sign * events;
      if (left > 0) counts.set(tenantId, left);
      else counts.delete(tenantId);
    }
  };
  const waiting = (partition: number): Mark[] => {
    const of = marks.get(partition) ?? [];
    const done = projected(partition);
    const next = of.findIndex((mark) => mark.offset > done);
    for (const mark of of.splice(0, next === -1 ? of.length : next)) count(mark.tenants, -1);
    return of;
  };
  return {
    add: (partition, offset, timestampMs, tenants) => {
      const of = waiting(partition);
      of.push({ offset, timestampMs, tenants });
      count(tenants, 1);
      marks.set(partition, of);
    },
    oldest: (partition) => waiting(partition)[0]?.timestampMs ?? null,
    share: (tenantId) => {
      for (const partition of marks.keys()) waiting(partition);
      return { own: counts.get(tenantId) ?? 0, all, tenants: counts.size };
    },
  };
}
