import type { Event, ReadPosition } from '@flowplane/contracts';
import type { EventBatch, EventRecord } from '@flowplane/runtime/consume';
import { afterEach, describe, expect, it } from 'vitest';
import { makeEventsIntake, type EventsIntake } from './events-intake.js';
import { makeKeyedQueue } from './keyed-queue.js';

const silent = { warn: () => undefined, info: () => undefined, error: () => undefined };
const positionAt = (offset: number): ReadPosition => ({ offset, epoch: 1, owner: 'o' });
const eventAt = (offset: number): EventRecord => ({
  ...{ kind: 'event', offset, timestamp: 0 },
  event: { type: 'ExecutionRequested', data: { executionId: `run-${offset}` } } as unknown as Event,
});

let intake: EventsIntake | undefined;
afterEach(() => intake?.close(0));

/** An intake of one partition with the events at 0, 1, 2; `apply` is asked by offset. */
function trial(apply: (offset: number) => Promise<void>, setAsideAfterMs = 300) {
  const saved = new Map<number, ReadPosition>();
  const aside: number[] = [];
  const fatal: unknown[] = [];
  const records = [0, 1, 2].map(eventAt);
  const batches: EventBatch[] = [{ partition: 0, records, position: positionAt(3), endOffset: 3 }];
  intake = makeEventsIntake({
    reader: {
      assign: () => undefined,
      poll: async () => {
        const batch = batches.shift();
        if (batch === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
        return batch === undefined ? [] : [batch];
      },
      close: () => Promise.resolve(),
    },
    positions: {
      load: () => Promise.resolve(new Map()),
      save: async (positions) => {
        for (const [partition, position] of positions) saved.set(partition, position);
      },
    },
    doneSince: () =>
      Promise.resolve({ started: new Set(), closed: new Set(), begun: new Set(), drained: new Set(), end: 3 }),
    fromStart: false,
    effects: {
      keyOf: (event) => (event.type === 'ExecutionRequested' ? event.data.executionId : undefined),
      waitsForEarlier: () => false,
      foresee: () => undefined,
      apply: ({ offset }) => apply(offset),
    },
    queue: makeKeyedQueue(),
    setAside: async ({ offset }) => void aside.push(offset),
    setAsideAfterMs,
    fatal: (cause) => void fatal.push(cause),
    logger: silent,
    saveIntervalMs: 20,
  });
  intake.assign([0]);
  return { saved, aside, fatal };
}

describe('an event whose effect fails', () => {
  it('is tried again, and set aside when it has failed for too long; the position moves on', async () => {
    let tries = 0;
    const { saved, aside, fatal } = trial((offset) => {
      if (offset !== 1) return Promise.resolve();
      tries += 1;
      return Promise.reject(new Error('refused for now'));
    });
    await expect.poll(() => saved.get(0)?.offset, { timeout: 5000 }).toBe(3);
    expect(aside).toEqual([1]);
    expect(tries).toBeGreaterThan(1);
    expect(fatal).toEqual([]);
  });

  it('is not set aside when it succeeds in time', async () => {
    let tries = 0;
    const { saved, aside } = trial(
      (offset) => (offset === 1 && ++tries < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve()),
      5000,
    );
    await expect.poll(() => saved.get(0)?.offset, { timeout: 5000 }).toBe(3);
    expect([aside, tries]).toEqual([[], 3]);
  });

  it('is not set aside while it waits for an outage to end', async () => {
    const { saved, aside } = trial((offset) => (offset === 1 ? new Promise(() => undefined) : Promise.resolve()), 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([saved.get(0)?.offset, aside]).toEqual([0, []]);
  });
});
