/**
 * Things that wait, taken in turns: the next one is of the tenant that had least time so far, and the things of one tenant
 * keep their order. Who had nothing for a while begins where those who wait are: nobody saves up turns.
 */
export type FairQueue<T> = {
  readonly add: (tenant: string, item: T) => void;
  /** @param mayTake whose turn may come; the others keep their places */
  readonly next: (mayTake: (tenant: string) => boolean) => T | undefined;
  /** A thing of the tenant that was taken has had so much time, in ms; a turn by itself counts as one. */
  readonly charge: (tenant: string, ms: number) => void;
  /** Whether something of such a tenant waits. */
  readonly has: (tenantIs: (tenant: string) => boolean) => boolean;
  /** @returns false: it does not wait any more */
  readonly remove: (tenant: string, item: T) => boolean;
  readonly size: () => number;
  readonly sizeOf: (tenant: string) => number;
  /** Takes all of them out. */
  readonly clear: () => readonly T[];
};

export function makeFairQueue<T>(): FairQueue<T> {
  /** In the order of their turns, as far as they had the same time; no tenant without things. */
  const tenants = new Map<string, T[]>();
  /** Time that tenants had, in ms since the beginning of the queue; of those that wait, and of those that had more than `least`. */
  const had = new Map<string, number>();
  /** What the tenant had that was taken last: newcomers begin there. */
  let least = 0;
  let size = 0;
  const charge = (tenant: string, ms: number): void => void had.set(tenant, (had.get(tenant) ?? least) + ms);
  const forget = (): void => {
    for (const [tenant, ms] of had) if (ms <= least && !tenants.has(tenant)) had.delete(tenant);
  };
  const put = (tenant: string, items: T[]): void => {
    if (items.length > 0) tenants.set(tenant, items);
    else tenants.delete(tenant);
  };
  return {
    add: (tenant, item) => {
      size++;
      const items = tenants.get(tenant);
      if (items !== undefined) return void items.push(item);
      had.set(tenant, Math.max(had.get(tenant) ?? 0, least));
      tenants.set(tenant, [item]);
    },
    next: (mayTake) => {
      const allowed = [...tenants].filter(([tenant]) => mayTake(tenant));
      const times = allowed.map(([tenant]) => had.get(tenant) ?? 0);
      const first = allowed[times.indexOf(Math.min(...times))];
      if (first === undefined) return undefined;
      const [tenant, items] = first;
      least = Math.max(least, had.get(tenant) ?? 0);
      charge(tenant, 1);
      const item = items.shift();
      size--;
      // Behind all others.
      tenants.delete(tenant);
      put(tenant, items);
      forget();
      return item;
    },
    charge,
    remove: (tenant, item) => {
      const items = tenants.get(tenant) ?? [];
      const place = items.indexOf(item);
      if (place === -1) return false;
      items.splice(place, 1);
      size--;
      put(tenant, items);
      return true;
    },
    has: (tenantIs) => [...tenants.keys()].some(tenantIs),
    size: () => size,
    sizeOf: (tenant) => tenants.get(tenant)?.length ?? 0,
    clear: () => {
      const all = [...tenants.values()].flat();
      tenants.clear();
      size = 0;
      return all;
    },
  };
}
