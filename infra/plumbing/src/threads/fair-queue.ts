/** Things that wait, taken in turns: one of each tenant after the other, and the things of one in their order. */
export type FairQueue<T> = {
  readonly add: (tenant: string, item: T) => void;
  /** @param mayTake whose turn may come; the others keep their places */
  readonly next: (mayTake: (tenant: string) => boolean) => T | undefined;
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
  /** In the order of their turns; no tenant without things. */
  const tenants = new Map<string, T[]>();
  let size = 0;
  const put = (tenant: string, items: T[]): void => {
    if (items.length > 0) tenants.set(tenant, items);
    else tenants.delete(tenant);
  };
  return {
    add: (tenant, item) => {
      size++;
      const items = tenants.get(tenant);
      if (items === undefined) tenants.set(tenant, [item]);
      else items.push(item);
    },
    next: (mayTake) => {
      const first = [...tenants].find(([tenant]) => mayTake(tenant));
      if (first === undefined) return undefined;
      const [tenant, items] = first;
      const item = items.shift();
      size--;
      // Behind all others.
      tenants.delete(tenant);
      put(tenant, items);
      return item;
    },
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
