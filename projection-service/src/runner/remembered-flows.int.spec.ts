import type { Event, ReadPosition } from '@flowplane/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caughtUp, startProjections } from '../../test/running-projections.js';
import { executionRequested, flowCreated, makeEvents, type EventMaker } from '../../test/sample-events.js';
import { openTestLog, type TestLog } from '../../test/test-log.js';
import { openTestStore, type TestStore } from '../../test/test-store.js';
import { controlProjection } from '../projections/control.js';
import { loadProgress } from '../store/progress.js';
import { commitBatch, type CommitPorts } from './commit-batch.js';

// Rows of flows that a projection remembers are dropped wherever they may not be those of the tables any more.

const PARTITIONS = 3;
let log: TestLog;
let store: TestStore;

beforeAll(async () => {
  log = await openTestLog(PARTITIONS);
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
  await log.close();
});

const change = (events: EventMaker, revision: number, name: string | null): Event =>
  events.next('FlowUpdated', 'UpdateFlow', {
    ...{ flowId: 'F', name, definition: name === null ? `{"r":${revision}}` : null, definitionYaml: null, revision },
  });

type Shown = { readonly name: string; readonly definition: string; readonly revision: string };
const shown = async (tenantId: string): Promise<Shown | undefined> =>
  (
    await store.pool.query<Shown>(
      `SELECT name, definition, revision FROM flows WHERE tenant_id = $1 AND flow_id = 'F'`,
      [tenantId],
    )
  ).rows[0];

/** Events of one partition, written batch by batch by processes that each remember what they have written. */
async function openPartition(partition: number) {
  const topic = log.topics.events;
  const here = async (): Promise<ReadPosition> =>
    (await loadProgress(store.pool, 'control', [partition], 'spec')).positions.get(partition) as ReadPosition;
  const letters: unknown[] = [];
  await here();
  return {
    letters,
    /** @returns writes a batch from `from` on, by default from where the tables stand */
    openProcess: () => {
      const ports: CommitPorts<Event> = {
        projection: controlProjection(log.kafka, topic, 'throw'),
        ...{ topic, pool: store.writePool, channel: undefined },
        deadLetters: { send: (sent) => Promise.resolve(void letters.push(...sent)) },
      };
      return async (events: readonly Event[], at?: ReadPosition): Promise<ReadPosition> => {
        const from = at ?? (await here());
        const items = events.map((message, index) => ({
          ...({ kind: 'message', partition, timestamp: 1 } as const),
          ...{ offset: from.offset + index, message },
        }));
        const to = { offset: from.offset + events.length, epoch: 1, owner: 'spec' };
        await commitBatch(ports, [{ partition, from, to, items, endOffset: to.offset }]);
        return to;
      };
    },
  };
}

describe('what a projection remembers of a flow', () => {
  it('is what the tables hold, patch after patch, without reading', async () => {
    const { openProcess } = await openPartition(100);
    const write = openProcess();
    const events = makeEvents({ tenantId: 'M', workspaceId: 'W' });
    await write([flowCreated(events, 'F')]);
    const wrongIfRead = `UPDATE flows SET name = 'read' WHERE tenant_id = 'M'`;
    await store.pool.query(wrongIfRead);
    await write([change(events, 2, null)]);
    await write([executionRequested(events, 'F', 'M:W:F:1'), change(events, 3, null)]);
    expect(await shown('M')).toEqual({ name: 'flow F', definition: '{"r":3}', revision: '3' });
    const { rows } = await store.pool.query(
      `SELECT e.generation = f.generation AS same FROM executions e JOIN flows f USING (tenant_id, flow_id) WHERE tenant_id = 'M'`,
    );
    expect(rows).toEqual([{ same: true }]);
  });

  it('is dropped when another writer was ahead', async () => {
    const { openProcess } = await openPartition(101);
    const [one, other] = [openProcess(), openProcess()];
    const events = makeEvents({ tenantId: 'C', workspaceId: 'W' });
    const stood = await one([flowCreated(events, 'F')]);
    const renamed = change(events, 2, 'by the other');
    await other([renamed]);
    await expect(one([renamed], stood)).rejects.toThrow(/do not stand where this batch begins/);
    await one([change(events, 3, null)]);
    expect(await shown('C')).toEqual({ name: 'by the other', definition: '{"r":3}', revision: '3' });
  });

  it('is dropped when a batch was not written as a whole', async () => {
    const { openProcess, letters } = await openPartition(102);
    const write = openProcess();
    const events = makeEvents({ tenantId: 'H', workspaceId: 'W' });
    await write([flowCreated(events, 'F')]);
    await write([change(events, 2, 'second'), flowCreated(events, 'un\0storable')]);
    expect(letters).toHaveLength(1);
    await write([change(events, 3, null)]);
    expect(await shown('H')).toEqual({ name: 'second', definition: '{"r":3}', revision: '3' });
  });

  it('is dropped when it is not known whether a batch was written', async () => {
    const { openProcess } = await openPartition(103);
    const write = openProcess();
    const events = makeEvents({ tenantId: 'U', workspaceId: 'W' });
    const stood = await write([flowCreated(events, 'F')]);
    const client = await store.pool.connect();
    await client.query('BEGIN; LOCK TABLE flows.projection_progress IN SHARE MODE');
    const lost = write([change(events, 2, 'lost')], stood);
    const kill = async (): Promise<number | null> =>
      (
        await store.pool.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'projection-service writes' AND wait_event_type = 'Lock'`,
        )
      ).rowCount;
    const failure = lost.then(
      () => 'none',
      () => 'some',
    );
    await expect.poll(kill, { timeout: 30_000, interval: 10 }).toBeGreaterThan(0);
    expect(await failure).toBe('some');
    await client.query('ROLLBACK');
    client.release();
    await openProcess()([change(events, 2, 'by another')]);
    await write([change(events, 3, null)]);
    expect(await shown('U')).toEqual({ name: 'by another', definition: '{"r":3}', revision: '3' });
  });

  it('is dropped when its partition was somebody else’s meanwhile', async () => {
    const first = startProjections(log, store);
    const tenants = Array.from({ length: PARTITIONS }, (_, partition) => {
      const ids = Array.from({ length: 1000 }, (_unused, n) => `A${n}`);
      return ids.find((id) => log.partitionOf(id) === partition) ?? '';
    });
    const all = await Promise.all(
      tenants.map(async (tenantId, partition) => ({
        tenantId,
        events: makeEvents({ tenantId, workspaceId: 'W' }),
        owner: await log.takeOver(partition, 1),
      })),
    );
    const eachAppends = async (eventOf: (events: EventMaker) => Event): Promise<void> => {
      for (const { owner, events } of all) await owner.append([eventOf(events)]);
      await caughtUp(log, store, 'control');
    };
    await eachAppends((events) => flowCreated(events, 'F'));
    const second = startProjections(log, store);
    const control = second.runs.find(({ name }) => name === 'control');
    await expect.poll(() => control?.missing() ?? 'nothing', { timeout: 60_000 }).toBe('nothing');
    await eachAppends((events) => change(events, 2, 'second'));
    await second.close();
    await eachAppends((events) => change(events, 3, null));
    for (const { tenantId } of all) {
      expect(await shown(tenantId)).toEqual({ name: 'second', definition: '{"r":3}', revision: '3' });
    }
    await first.close();
  });
});
