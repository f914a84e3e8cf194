import { makeBackoff } from '@flowplane/plumbing/periodic';
import { describe, expect, it } from 'vitest';
import type { EventRegistration } from '@flowplane/runtime/read-model';
import { startOffsetOf } from './event-registration.js';
import { slotOf, wantedListening } from './listening.js';
import { RETRIES } from './record-starts.js';

const SLOTS = 4;
const registration: EventRegistration = {
  ...{ tenantId: 'T', workspaceId: 'W', flowId: 'F', triggerId: 'F:platform-event:a', version: 1, topic: 'evt.W.a' },
  ...{ topicId: 'id1', since: 7, startOffsets: [5, 6], filter: null, dedupeKey: null },
};
const topics = (topicId: string, partitions: number) => new Map([['evt.W.a', { topicId, partitions, incarnation: 1 }]]);
const partitionsOf = (owned: readonly number[], partitions: number): readonly number[] =>
  [...wantedListening([registration], topics('id1', partitions), new Set(owned), SLOTS).values()].flatMap((wanted) => [
    ...wanted.partitions,
  ]);

describe('what is listened to', () => {
  it('is every partition exactly once over all members', () => {
    const members = [[0, 1], [2], [3]].map((owned) => partitionsOf(owned, 9));
    expect(members.flat().toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('moves no partition when the topic gets more', () => {
    for (let partition = 0; partition < 3; partition++) {
      const slot = slotOf('evt.W.a', partition, SLOTS);
      expect(partitionsOf([slot], 3)).toContain(partition);
      expect(partitionsOf([slot], 9)).toContain(partition);
    }
  });

  it('is nothing without slots, or without the topic', () => {
    expect(partitionsOf([], 3)).toEqual([]);
    expect(wantedListening([registration], new Map(), new Set([0, 1, 2, 3]), SLOTS).size).toBe(0);
  });
});

it('starts at the registered offsets of its topic, and at the beginning of what came later', () => {
  expect([0, 1, 2].map((partition) => startOffsetOf(registration, 'id1', partition))).toEqual([5, 6, 0]);
  expect(startOffsetOf(registration, 'id2', 0)).toBe(0);
});

it('retries after 1, 2, 4 … 60 s', () => {
  const delays = makeBackoff(RETRIES);
  const first = Array.from({ length: 8 }, delays.nextMs);
  expect(first).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
});
