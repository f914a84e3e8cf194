import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Event, Frame } from '@flowplane/contracts';
import { endOffsets, topicId } from '@flowplane/plumbing/kafka';
import type { Progress } from '@flowplane/runtime/read-model';
import type { Projections } from '../open-projections.js';
import { controlProjection } from '../projections/control.js';
import { loadProgress } from '../store/progress.js';
import { caughtUp, recordsOf, startProjections } from '../../test/running-projections.js';
import {
  executionClosed,
  executionRequested,
  executionStarted,
  flowCreated,
  makeEvents,
  nodeFrame,
  T0,
  versionPublished,
  type EventMaker,
  type NodeStatus,
} from '../../test/sample-events.js';
import { openTestLog, type TestLog } from '../../test/test-log.js';
import { openTestStore, type TestStore } from '../../test/test-store.js';
import { commitBatch } from './commit-batch.js';

const PARTITIONS = 3;
let log: TestLog;
let store: TestStore;
let running: Projections[] = [];
const start = (groupPrefix?: string): Projections => {
  const projections = startProjections(log, store, groupPrefix === undefined ? {} : { groupPrefix });
  running.push(projections);
  return projections;
};

beforeAll(async () => {
  log = await openTestLog(PARTITIONS);
  store = await openTestStore();
});
afterEach(async () => {
  await Promise.all(running.map((projections) => projections.close()));
  running = [];
});
afterAll(async () => {
  await store.close();
  await log.close();
});

let epochs = 0;
const ownerOf = (tenantId: string) => log.takeOver(log.partitionOf(tenantId), ++epochs);
const count = async (sql: string, values: unknown[]): Promise<number> =>
  (await store.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${sql}`, values)).rows[0]?.n ?? -1;

/** Runs `count` runs of a flow: requested, started, closed. */
function manyRuns(events: EventMaker, tenantId: string, runs: number): readonly Event[] {
  return Array.from({ length: runs }, (_, run) => `${tenantId}:W:F:${run}`).flatMap((id) => [
    executionRequested(events, 'F', id),
    executionStarted(events, 'F', id),
    executionClosed(events, 'F', id),
  ]);
}

describe('projections', () => {
  it('bring events into the tables, a run over several batches', async () => {
    start();
    const events = makeEvents({ tenantId: 'T1', workspaceId: 'W' });
    const owner = await ownerOf('T1');
    await owner.append([flowCreated(events, 'F'), versionPublished(events, 'F', 1)]);
    await caughtUp(log, store, 'control');
    await owner.append([executionRequested(events, 'F', 'T1:W:F:1'), executionStarted(events, 'F', 'T1:W:F:1')]);
    await caughtUp(log, store, 'control');
    await owner.append([executionRequested(events, 'F', 'T1:W:F:2'), executionClosed(events, 'F', 'T1:W:F:1')]);
    await caughtUp(log, store, 'control');
    const { rows } = await store.pool.query(
      `SELECT execution_id, status, started_at, generation, input FROM executions WHERE tenant_id = 'T1' ORDER BY 1`,
    );
    const { rows: flows } = await store.pool.query<{ generation: string }>(`SELECT generation FROM flows`);
    const { generation } = flows[0] ?? {};
    const input = '{"orderId":7}';
    expect(rows).toEqual([
      { execution_id: 'T1:W:F:1', status: 'Completed', started_at: new Date(T0 + 7), generation, input },
      { execution_id: 'T1:W:F:2', status: 'Pending', started_at: null, generation, input },
    ]);
  });

  it('say in their process what they announce to all, once it can be read', async () => {
    const rows = new Map<string, Promise<number>>();
    const onProgress = ({ name, partition, offset }: Progress): void =>
      void rows.set(`${name}/${partition}/${offset}`, count(`flows WHERE workspace_id = 'told'`, []));
    running.push(startProjections(log, store, { onProgress }));
    const events = makeEvents({ tenantId: 'T9', workspaceId: 'told' });
    const created = flowCreated(events, 'F');
    await (await ownerOf('T9')).append([created]);
    await caughtUp(log, store, 'control');
    const partition = log.partitionOf('T9');
    const end = (await endOffsets(log.kafka, log.topics.events, [partition])).get(partition);
    await expect.poll(() => rows.get(`control/${partition}/${end}`)).toBe(1);
    expect(await rows.get(`control.commands/${partition}/${created.meta.commandOffset + 1}`)).toBe(1);
  });

  it('ignore what a superseded owner writes', async () => {
    start();
    const events = makeEvents({ tenantId: 'T2', workspaceId: 'W' });
    const former = await ownerOf('T2');
    const present = await ownerOf('T2');
    await former.append([flowCreated(events, 'late')]);
    await present.append([flowCreated(events, 'rightful')]);
    await caughtUp(log, store, 'control');
    const { rows } = await store.pool.query(`SELECT flow_id FROM flows WHERE tenant_id = 'T2'`);
    expect(rows).toEqual([{ flow_id: 'rightful' }]);
  });

  it('write every row once while their connections are killed under them', async () => {
    start();
    const runs = 3000;
    const events = makeEvents({ tenantId: 'T3', workspaceId: 'W' });
    const owner = await ownerOf('T3');
    /** Held by a lock, a projection is in the middle of its work: then its connection is killed. */
    const killedInTheMiddle = async (work: () => Promise<void>): Promise<void> => {
      const client = await store.pool.connect();
      await client.query('BEGIN; LOCK TABLE flows.projection_progress IN SHARE MODE');
      await work();
      const kill = async (): Promise<boolean> => {
        const { rowCount } = await store.pool.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'projection-service writes' AND wait_event_type = 'Lock'`,
        );
        return rowCount !== null && rowCount > 0;
      };
      await expect.poll(kill, { timeout: 30_000, interval: 10 }).toBe(true);
      await client.query('ROLLBACK');
      client.release();
    };
    await owner.append([flowCreated(events, 'F')]);
    const all = manyRuns(events, 'T3', runs);
    for (let from = 0; from < all.length; from += 600) {
      const append = (): Promise<void> => owner.append(all.slice(from, from + 600));
      await (from < 3000 ? killedInTheMiddle(append) : append());
    }
    await caughtUp(log, store, 'control');
    expect(await count(`executions WHERE tenant_id = $1 AND status = 'Completed'`, ['T3'])).toBe(runs);
    expect(await count(`commands WHERE tenant_id = $1`, ['T3'])).toBe(runs + 1);
    expect(await count(`audit WHERE tenant_id = $1`, ['T3'])).toBe(runs + 1);
  });

  it('come back by themselves after the store was away, and name the store, not the log, meanwhile', async () => {
    const { runs } = start();
    const events = makeEvents({ tenantId: 'T3', workspaceId: 'away' });
    const owner = await ownerOf('T3');
    await owner.append([flowCreated(events, 'before')]);
    await caughtUp(log, store, 'control');
    const missing = (): string => runs.find(({ name }) => name === 'control')?.missing() ?? 'nothing';
    expect(missing()).toBe('nothing');
    await store.setAway(true);
    await owner.append([flowCreated(events, 'during')]);
    await expect.poll(missing, { timeout: 20_000 }).toBe('store');
    await store.setAway(false);
    await owner.append([flowCreated(events, 'after')]);
    await caughtUp(log, store, 'control');
    await expect.poll(missing, { timeout: 20_000 }).toBe('nothing');
    expect(await count(`flows WHERE workspace_id = 'away'`, [])).toBe(3);
  });

  it('write every row once while two processes believe the same partitions theirs', async () => {
    const runs = 1500;
    const events = makeEvents({ tenantId: 'T4', workspaceId: 'W' });
    const owner = await ownerOf('T4');
    await owner.append([flowCreated(events, 'F')]);
    start();
    start(`${log.prefix}zombie-`);
    const all = manyRuns(events, 'T4', runs);
    for (let from = 0; from < all.length; from += 300) await owner.append(all.slice(from, from + 300));
    await caughtUp(log, store, 'control');
    expect(await count(`executions WHERE tenant_id = $1 AND status = 'Completed'`, ['T4'])).toBe(runs);
    expect(await count(`commands WHERE tenant_id = $1`, ['T4'])).toBe(runs + 1);
  });

  it('do not write a batch that begins where the tables no longer stand', async () => {
    const partition = log.partitionOf('T5');
    start();
    await caughtUp(log, store, 'control');
    const stale = (
      await loadProgress(store.pool, 'control', [partition], await topicId(log.kafka, log.topics.events))
    ).positions.get(partition);
    const events = makeEvents({ tenantId: 'T5', workspaceId: 'W' });
    const owner = await ownerOf('T5');
    await owner.append([flowCreated(events, 'F')]);
    await caughtUp(log, store, 'control');
    const item = {
      kind: 'message',
      partition,
      offset: 0,
      timestamp: 1,
      message: flowCreated(events, 'zombie'),
    } as const;
    const from = stale ?? { offset: 0, epoch: 0, owner: '' };
    const batch = { partition, from, to: { ...from, offset: from.offset + 1 }, items: [item], endOffset: 1 };
    const told: object[] = [];
    const ports = {
      projection: controlProjection(log.kafka, log.topics.events, 'throw'),
      topic: log.topics.events,
      pool: store.writePool,
      deadLetters: { send: () => Promise.resolve() },
      channel: undefined,
      onProgress: (progress: object) => void told.push(progress),
    };
    await expect(commitBatch(ports, [batch])).rejects.toThrow(/do not stand where this batch begins/);
    expect(told).toEqual([]);
    expect(await count(`flows WHERE flow_id = 'zombie'`, [])).toBe(0);
  });

  it('send poison to the dead letters and go on', async () => {
    start();
    const events = makeEvents({ tenantId: 'T6', workspaceId: 'W' });
    const owner = await ownerOf('T6');
    await owner.append([flowCreated(events, 'before'), executionRequested(events, 'before', 'T6:W:F:1')]);
    await owner.appendPoison();
    await owner.append([flowCreated(events, 'un\0storable'), flowCreated(events, 'after')]);
    await caughtUp(log, store, 'control');
    expect(await count(`flows WHERE tenant_id = 'T6'`, [])).toBe(2);
    const letters = await recordsOf(log, log.topics.deadLetters, 1, 2);
    const ofControl = letters.filter(({ headers }) => headers['x-dlq-consumer'] === 'projection-control');
    expect(ofControl.map(({ headers }) => [headers['x-dlq-origin-topic'], headers['x-dlq-reason']])).toEqual([
      [log.topics.events, expect.stringContaining('C3 01')],
      [log.topics.events, expect.stringContaining('unsupported Unicode escape')],
    ]);
    expect(ofControl[0]?.value?.toString()).toBe('not avro');
  });

  it('publish audit records with the event ids, in order', async () => {
    start();
    const events = makeEvents({ tenantId: 'T7', workspaceId: 'W' });
    const owner = await ownerOf('T7');
    const created = flowCreated(events, 'F');
    await owner.append([
      created,
      executionRequested(events, 'F', 'T7:W:F:1'),
      executionStarted(events, 'F', 'T7:W:F:1'),
    ]);
    const before = (await recordsOf(log, log.topics.audit, PARTITIONS, 1)).length;
    const mine = async () =>
      (await recordsOf(log, log.topics.audit, PARTITIONS, before)).filter(({ key }) => key?.toString() === 'T7');
    let published = await mine();
    while (published.length < 2) published = await mine();
    expect(published[0]?.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: created.meta.eventId,
      ce_source: 'flowplane/audit',
      ce_type: 'flow.definition_created',
      ce_time: '2026-01-01T00:00:00.000Z',
      'content-type': 'application/json',
    });
    expect(JSON.parse(published[1]?.value?.toString() ?? '')).toEqual({
      eventType: 'flow.execution_started',
      category: 'flows',
      tenantId: 'T7',
      workspaceId: 'W',
      actorId: 'alice',
      flowId: 'F',
      flowVersion: '1',
      executionId: 'T7:W:F:1',
      triggerType: 'manual',
      correlationId: 'correlation-1',
      occurredAt: '2026-01-01T00:00:01.000Z',
    });
  });

  it('end when their tables are gone', async () => {
    const gone = await openTestStore();
    const fatal: unknown[] = [];
    const projections = startProjections(log, gone, {
      groupPrefix: `${log.prefix}gone-`,
      onFatal: (cause) => fatal.push(cause),
    });
    await caughtUp(log, gone, 'control');
    await gone.pool.query('DROP SCHEMA flows CASCADE');
    const events = makeEvents({ tenantId: 'T8', workspaceId: 'W' });
    const owner = await ownerOf('T8');
    await owner.append([flowCreated(events, 'F')]);
    await expect.poll(() => fatal.length, { timeout: 20_000 }).toBeGreaterThan(0);
    await projections.close();
    await gone.close();
  });
});

describe('runs projection', () => {
  it('stores frames and nodes, and nothing behind the closing frame', async () => {
    start();
    const run = { executionId: 'T9:W:F:1', tenantId: 'T9', workspaceId: 'W', flowId: 'F' };
    const node = (status: NodeStatus): Frame => nodeFrame(run, 'charge', status);
    await log.appendFrames([node('started')]);
    await caughtUp(log, store, 'runs');
    await log.appendFrames([node('scheduled'), node('completed')]);
    await caughtUp(log, store, 'runs');
    await log.appendFrames([
      { type: 'RunClosed', data: { ...run, status: 'Completed', closedAt: T0 + 2 } },
      node('completed'),
    ]);
    await caughtUp(log, store, 'runs');
    const frames = await store.pool.query<{ data: string }>(`SELECT data FROM frames ORDER BY log_offset`);
    expect(frames.rows.map(({ data }) => (JSON.parse(data) as { status: string }).status)).toEqual([
      'started',
      'completed',
      'Completed',
    ]);
    const nodes = await store.pool.query(`SELECT node_id, status, output_json, attempts FROM nodes`);
    expect(nodes.rows).toEqual([
      {
        node_id: 'charge',
        status: 'completed',
        output_json: '{"ok":true}',
        attempts: JSON.stringify([{ status: 'completed', attemptNumber: 1, startedAt: T0, completedAt: T0 + 1 }]),
      },
    ]);
  });
});
