import type { Frame } from '@flowplane/contracts';
import { deleteTopics, ensureTopics, topicId } from '@flowplane/plumbing/kafka';
import { cutTopic } from '@flowplane/plumbing/test/kafka';
import { makeMetrics, type Metrics } from '@flowplane/plumbing/telemetry';
import { describe, expect, it } from 'vitest';
import { caughtUp, recordsOf, startProjections } from '../../test/running-projections.js';
import { executionRequested, flowCreated, makeEvents, nodeFrame } from '../../test/sample-events.js';
import { openTestLog } from '../../test/test-log.js';
import { openTestStore } from '../../test/test-store.js';
import { loadProgress } from '../store/progress.js';

describe('a topic that was deleted and created again', () => {
  it('runs: goes on with what the new topic has; events: stops the projections of it alone, and they say so', async () => {
    const log = await openTestLog(1);
    const store = await openTestStore();
    const events = makeEvents({ tenantId: 'T18', workspaceId: 'W' });
    const first = startProjections(log, store);
    const owner = await log.takeOver(0, 1);
    await owner.append([flowCreated(events, 'F'), executionRequested(events, 'F', 'T18:W:F:1')]);
    const run = { executionId: 'T18:W:F:1', tenantId: 'T18', workspaceId: 'W', flowId: 'F' };
    const started = (nodeId: string): Frame => nodeFrame(run, nodeId, 'started');
    await log.appendFrames([started('a'), started('b')]);
    await caughtUp(log, store, 'control');
    await caughtUp(log, store, 'runs');
    await first.close();

    const settings = { partitions: 1, replicationFactor: 1 };
    const idNow = (name: 'runs' | 'events'): Promise<string | undefined> =>
      topicId(log.kafka, log.topics[name]).catch(() => undefined);
    const recreate = async (name: 'runs' | 'events'): Promise<void> => {
      const before = await idNow(name);
      await deleteTopics(log.kafka, [log.topics[name]]);
      const spec = { name: log.topics[name], partitions: 1, config: {} };
      // A broker that has not taken the deletion in yet still shows the old one.
      const isAnother = async (): Promise<boolean> => {
        await ensureTopics(log.kafka, [spec], settings).catch(() => undefined);
        return ![before, undefined].includes(await idNow(name));
      };
      await expect.poll(isAnother, { timeout: 20_000 }).toBe(true);
    };
    await recreate('runs');
    const second = startProjections(log, store);
    await log.appendFrames([started('c')]);
    const nodes = async (): Promise<number> => (await store.pool.query('SELECT 1 FROM nodes')).rowCount ?? 0;
    await expect.poll(nodes, { timeout: 20_000 }).toBe(3);
    await second.close();

    await recreate('events');
    const metrics = makeMetrics();
    const fatal: unknown[] = [];
    const third = startProjections(log, store, { metrics, onFatal: (cause) => void fatal.push(cause) });
    await untilStopped(metrics, 'control', 'audit-topic');
    expect(await metrics.registry.metrics()).not.toContain('flows_projection_stopped{projection="runs"}');
    expect(third.runs.map((run) => run.missing())).toEqual([undefined, undefined, undefined]);
    expect(fatal).toEqual([]);
    await third.close();
    await store.close();
    await log.close();
  });
});

async function untilStopped(metrics: Metrics, ...projections: readonly string[]): Promise<void> {
  for (const projection of projections) {
    const isStopped = `flows_projection_stopped{projection="${projection}"} 1`;
    await expect.poll(() => metrics.registry.metrics(), { timeout: 20_000 }).toContain(isStopped);
  }
}

describe('an events topic that was cut', () => {
  it('behind what was read: goes on; ahead of that: stops its projections, which say so', async () => {
    const log = await openTestLog(1);
    const store = await openTestStore();
    const events = makeEvents({ tenantId: 'T19', workspaceId: 'W' });
    const first = startProjections(log, store);
    const owner = await log.takeOver(0, 1);
    await owner.append([flowCreated(events, 'a'), flowCreated(events, 'b')]);
    await recordsOf(log, log.topics.audit, 1, 2);
    await caughtUp(log, store, 'control');
    await first.close();

    await cutTopic(log.topics.events, 0, 3);
    const second = startProjections(log, store);
    await owner.append([flowCreated(events, 'c')]);
    await recordsOf(log, log.topics.audit, 1, 3);
    await caughtUp(log, store, 'control');
    await second.close();

    await owner.append([flowCreated(events, 'd'), flowCreated(events, 'e')]);
    await cutTopic(log.topics.events, 0, 5);
    const metrics = makeMetrics();
    const fatal: unknown[] = [];
    const third = startProjections(log, store, { metrics, onFatal: (cause) => void fatal.push(cause) });
    await untilStopped(metrics, 'control', 'audit-topic');
    expect(fatal).toEqual([]);
    await third.close();
    await store.close();
    await log.close();
  });
});

describe('a record that the brokers refuse for good', () => {
  it('becomes a dead letter, and what comes behind it is published', async () => {
    const log = await openTestLog(1, { 'max.message.bytes': String(1024 * 1024) });
    const store = await openTestStore();
    const projections = startProjections(log, store);
    const events = makeEvents({ tenantId: 'T17', workspaceId: 'W' });
    const owner = await log.takeOver(0, 1);
    const large = flowCreated(events, 'large', { actorId: 'x'.repeat(2 * 1024 * 1024) });
    await owner.append([flowCreated(events, 'before'), large, flowCreated(events, 'behind')]);
    const published = await recordsOf(log, log.topics.audit, 1, 2);
    expect(new Set(published.map(({ value }) => JSON.parse(String(value)).flowId))).toEqual(
      new Set(['before', 'behind']),
    );
    const [letter] = await recordsOf(log, log.topics.deadLetters, 1, 1);
    expect(letter?.headers).toMatchObject({
      'x-dlq-consumer': 'projection-audit-topic',
      'x-dlq-origin-offset': '2',
      'x-dlq-reason': expect.stringMatching(/MESSAGE_TOO_LARGE|too large/i),
    });
    await projections.close();
    await store.close();
    await log.close();
  });
});

describe('an event of a newer release', () => {
  it('stops projections in front of it, in its partition alone', async () => {
    const log = await openTestLog(3);
    const store = await openTestStore();
    const projections = startProjections(log, store);
    const elsewhere = ['a', 'b', 'c', 'd'].find((id) => log.partitionOf(id) !== log.partitionOf('T16')) ?? '';
    const events = makeEvents({ tenantId: 'T16', workspaceId: 'newer' });
    const others = makeEvents({ tenantId: elsewhere, workspaceId: 'newer' });
    const owner = await log.takeOver(log.partitionOf('T16'), 1);
    const other = await log.takeOver(log.partitionOf(elsewhere), 1);
    await owner.append([flowCreated(events, 'before')]);
    await owner.appendOfNewerRelease(flowCreated(events, 'newer'));
    await owner.append([flowCreated(events, 'behind')]);
    await other.append([flowCreated(others, 'elsewhere')]);
    const flows = async (): Promise<readonly string[]> =>
      (await store.pool.query<{ id: string }>('SELECT flow_id AS id FROM flows ORDER BY 1')).rows.map(({ id }) => id);
    await expect.poll(flows, { timeout: 20_000 }).toEqual(['before', 'elsewhere']);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await flows()).toEqual(['before', 'elsewhere']);
    const partition = log.partitionOf('T16');
    const id = await topicId(log.kafka, log.topics.events);
    const { positions } = await loadProgress(store.pool, 'control', [partition], id);
    expect(positions.get(partition)?.offset).toBe(2);
    await projections.close();
    await store.close();
    await log.close();
  });
});

describe('a publisher of the audit topic that is far behind', () => {
  it('is paced by what it reads, and not by time: many fetches of records follow one another', async () => {
    const RECORDS = 100;
    const log = await openTestLog(1);
    const store = await openTestStore();
    const events = makeEvents({ tenantId: 'T20', workspaceId: 'W' });
    const owner = await log.takeOver(0, 1);
    // Each fills a fetch. With a turn a second this would take longer than the test may.
    const actorId = 'x'.repeat(260 * 1024);
    await owner.append(Array.from({ length: RECORDS }, (_, index) => flowCreated(events, `F${index}`, { actorId })));
    const projections = startProjections(log, store);
    const published = await recordsOf(log, log.topics.audit, 1, RECORDS);
    expect(published.map(({ value }) => JSON.parse(String(value)).flowId)).toEqual(
      Array.from({ length: RECORDS }, (_, index) => `F${index}`),
    );
    await projections.close();
    await store.close();
    await log.close();
  });
});
