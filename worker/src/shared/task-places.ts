/** Gives the place back; the second call does nothing. */
export type GiveBack = () => void;

/** Places for attempts of tasks, or for what they need, in one worker; shared by tenants. */
export type TaskPlaces = {
  /**
   * @param waitMs how long to wait for a place where the tenant holds its share
   * @param signal ends the wait
   * @returns undefined: none came free in that time
   */
  readonly take: (tenantId: string, waitMs: number, signal?: AbortSignal) => Promise<GiveBack | undefined>;
};

type Waiting = { readonly tenantId: string; readonly admit: () => void };

/**
 * A tenant may hold as many places as are still free: half of them while it is alone, a third each where two want all they
 * can get, and so on. Some always stay free for the next one.
 *
 * @param first whether a tenant gets its first place where none is free: `always` only where something else bounds them all
 */
export function makeTaskPlaces(places: number, first: 'always' | 'where free' = 'always'): TaskPlaces {
  const held = new Map<string, number>();
  const waiting = new Set<Waiting>();
  let free = places;

  const hasRoom = (tenantId: string): boolean => {
    const own = held.get(tenantId) ?? 0;
    if (own > 0) return own < free;
    return first === 'always' || free > 0;
  };
  const hold = (tenantId: string): GiveBack => {
    held.set(tenantId, (held.get(tenantId) ?? 0) + 1);
    free -= 1;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      giveBack(tenantId);
    };
  };
  const giveBack = (tenantId: string): void => {
    const left = (held.get(tenantId) ?? 0) - 1;
    if (left > 0) held.set(tenantId, left);
    else held.delete(tenantId);
    free += 1;
    for (const one of waiting) if (hasRoom(one.tenantId)) one.admit();
  };
  return {
    take: (tenantId, waitMs, signal) => {
      if (signal?.aborted === true) return Promise.resolve(undefined);
      if (hasRoom(tenantId)) return Promise.resolve(hold(tenantId));
      return new Promise((resolve) => {
        const end = (place: GiveBack | undefined): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', giveUp);
          waiting.delete(one);
          resolve(place);
        };
        const giveUp = (): void => end(undefined);
        signal?.addEventListener('abort', giveUp, { once: true });
        const one: Waiting = { tenantId, admit: () => end(hold(tenantId)) };
        const timer = setTimeout(() => end(undefined), waitMs);
        waiting.add(one);
      });
    },
  };
}
