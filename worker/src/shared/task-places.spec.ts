import { describe, expect, it } from 'vitest';
import { makeTaskPlaces, type GiveBack, type TaskPlaces } from './task-places.js';

/** How many of so many attempts get a place. */
async function takeAll(places: TaskPlaces, tenantId: string, attempts: number): Promise<readonly GiveBack[]> {
  const taken = await Promise.all(Array.from({ length: attempts }, () => places.take(tenantId, 0)));
  return taken.filter((one) => one !== undefined);
}

describe('the places of a worker', () => {
  it('are half of one tenant while it comes alone, and the others get places all the same', async () => {
    const places = makeTaskPlaces(200);
    expect(await takeAll(places, 'hostile', 999)).toHaveLength(100);
    expect(await takeAll(places, 'second', 999)).toHaveLength(50);
    expect(await takeAll(places, 'third', 999)).toHaveLength(25);
    expect(await takeAll(places, 'quiet', 3)).toHaveLength(3);
  });

  it('are shared alike by those who come at the same time, and one more place is free', async () => {
    const places = makeTaskPlaces(200);
    const held = { a: 0, b: 0, c: 0 };
    for (let round = 0; round < 200; round++) {
      for (const tenantId of ['a', 'b', 'c'] as const) {
        if ((await places.take(tenantId, 0)) !== undefined) held[tenantId] += 1;
      }
    }
    expect(held).toEqual({ a: 50, b: 50, c: 50 });
  });

  it('have one for each tenant that has none, also where only one is left', async () => {
    const places = makeTaskPlaces(2);
    expect(await takeAll(places, 'a', 5)).toHaveLength(1);
    expect(await takeAll(places, 'b', 5)).toHaveLength(1);
  });

  it('have none for a tenant that has none, where there may be no more', async () => {
    const places = makeTaskPlaces(2, 'where free');
    expect(await takeAll(places, 'a', 5)).toHaveLength(1);
    const [last] = await takeAll(places, 'b', 5);
    expect(await takeAll(places, 'c', 5)).toHaveLength(0);
    const waiting = places.take('c', 60_000);
    last?.();
    expect(await waiting).toBeDefined();
  });

  it('go on to an attempt that waits when another one of its tenant ends, in the order in which they came', async () => {
    const places = makeTaskPlaces(4);
    const [first] = await takeAll(places, 'a', 3);
    const order: number[] = [];
    const waiting = [1, 2].map(async (number) => {
      const place = await places.take('a', 60_000);
      order.push(number);
      return place;
    });
    first?.();
    first?.();
    (await waiting[0])?.();
    await waiting[1];
    expect(order).toEqual([1, 2]);
  });

  it('go on to a tenant that waits when another one has given back some', async () => {
    const places = makeTaskPlaces(6);
    const of = { a: await takeAll(places, 'a', 9), b: await takeAll(places, 'b', 9) };
    expect([of.a.length, of.b.length]).toEqual([3, 2]);
    const next = places.take('b', 60_000);
    of.a[0]?.();
    of.a[1]?.();
    expect(await next).toBeDefined();
  });
});
