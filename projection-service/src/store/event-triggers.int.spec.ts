import { inTransaction, listen, runTogether } from '@flowplane/plumbing/postgres';
import type { Event } from '@flowplane/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { foldControl } from '../domain/control-batch.js';
import { eventTrigger, flowCreated, makeEvents, versionPublished, type EventMaker } from '../../test/sample-events.js';
import { NOTHING_KNOWN } from '../../test/fold-events.js';
import { openTestStore, type TestStore } from '../../test/test-store.js';
import { controlWrites } from './write-control.js';

let store: TestStore;
let events: EventMaker;
let offset = 0;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store?.close());
beforeEach(async () => {
  await store.pool.query('TRUNCATE event_triggers');
  events = makeEvents({ tenantId: 'T', workspaceId: 'W' });
  offset = 0;
});

/** Offsets count up over all batches, from 0. */
async function project(...batch: readonly Event[]): Promise<void> {
  const logged = batch.map((message) => ({ partition: 0, offset: offset++, message }));
  await inTransaction(store.pool, (client) => runTogether(client, controlWrites(foldControl(logged, NOTHING_KNOWN))));
}

async function inForce(): Promise<readonly string[]> {
  const { rows } = await store.pool.query<Record<string, string>>('SELECT * FROM event_triggers ORDER BY trigger_id');
  return rows.map((row) =>
    [row['trigger_id'], `v${row['version']}`, row['topic_id'], `@${row['since']}`, row['start_offsets'], row['filter']]
      .filter((part) => part !== null)
      .join(' '),
  );
}

const published = (version: number, ...triggers: readonly ReturnType<typeof eventTrigger>[]): Event =>
  versionPublished(events, 'F', version, triggers);
const deleted = (): Event => events.next('FlowDeleted', 'DeleteFlow', { flowId: 'F', revision: 9 });
const created = (): Event => flowCreated(events, 'F');

/** The same events, each in a batch of its own, or all in one. */
const BATCHING = [
  [
    'one by one',
    async (...all: readonly Event[]) => {
      for (const event of all) await project(event);
    },
  ],
  ['in one batch', project],
] as const;

describe.each(BATCHING)('platform-event triggers in force, events %s', (_name, take) => {
  it('a trigger that goes on keeps where it started; version and expressions are the latest', async () => {
    await take(created(), published(1, eventTrigger('a', 'id1', 5)), published(2, eventTrigger('a', 'id1', 9, 'true')));
    expect(await inForce()).toEqual(['F:platform-event:a v2 id1 @1 [5] true']);
  });

  it('one that a version drops is gone, and starts anew when it comes back', async () => {
    await take(created(), published(1, eventTrigger('a', 'id1', 5), eventTrigger('b', 'id2', 1)));
    await take(published(2, eventTrigger('b', 'id2', 3)), published(3, eventTrigger('a', 'id1', 9)));
    expect(await inForce()).toEqual(['F:platform-event:a v3 id1 @3 [9]']);
  });

  it('a topic that was recreated is listened to from its beginning, whatever it held when it was published on', async () => {
    await take(created(), published(1, eventTrigger('a', 'id1', 5)), published(2, eventTrigger('a', 'id9', 7)));
    expect(await inForce()).toEqual(['F:platform-event:a v2 id9 @1 []']);
    await take(published(3, eventTrigger('a', 'id9', 8)));
    expect(await inForce()).toEqual(['F:platform-event:a v3 id9 @1 []']);
  });

  it('goes with its flow, and with a failed registration', async () => {
    await take(created(), published(1, eventTrigger('a', 'id1', 5)), deleted());
    expect(await inForce()).toEqual([]);
    const { triggerId, detail } = eventTrigger('a', 'id1', 7);
    const failed = { kind: 'platform-event' as const, triggerId, detail: detail.replace('}', ',"failed":true}') };
    await take(created(), published(1, eventTrigger('a', 'id1', 7)), published(2, failed));
    expect(await inForce()).toEqual([]);
  });
});

it('tells listeners of every change', async () => {
  let heard = 0;
  let isListening = false;
  const hear = (): number => ++heard;
  const begin = (): Promise<void> => {
    isListening = true;
    return Promise.resolve();
  };
  const listener = listen(store.url, 'flows_event_triggers', hear, begin);
  try {
    await vi.waitUntil(() => isListening, 10_000);
    await project(created(), published(1, eventTrigger('a', 'id1', 5)));
    await vi.waitFor(() => expect(heard).toBeGreaterThan(0), 10_000);
  } finally {
    await listener.close();
  }
});
