import { endOffsets } from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { cutTopic } from '@flowplane/plumbing/test/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_LATER_MEMBERS, type Event, type Frame, type NodeFrame, type NodeStatus } from '@flowplane/contracts';
import type { Projections } from '../open-projections.js';
import { caughtUp, startProjections } from '../../test/running-projections.js';
import {
  commandRejected,
  connectionPut,
  connectionRemoved,
  executionClosed,
  executionRequested,
  executionStarted,
  flowCreated,
  makeEvents,
  versionPublished,
  type EventMaker,
} from '../../test/sample-events.js';
import { templateEvents } from '../../test/template-events.js';
import { openTestLog, type TestLog, type TestOwner } from '../../test/test-log.js';
import { openTestStore, type TestStore } from '../../test/test-store.js';
import { openRebuild, type Rebuild } from './rebuild.js';

const PARTITIONS = 3;
const DAY_MS = 86_400_000;
const TENANTS = ['A', 'B', 'C', 'D'];

let log: TestLog;
let store: TestStore;
let projections: Projections;
const owners = new Map<number, TestOwner>();

const ownerFor = async (tenantId: string): Promise<TestOwner> => {
  const partition = log.partitionOf(tenantId);
  const owner = owners.get(partition) ?? (await log.takeOver(partition, 1));
  owners.set(partition, owner);
  return owner;
};

function history(events: EventMaker, tenantId: string, runs: number): readonly Event[] {
  const now = Date.now();
  const recent = () => ({ occurredAt: now, submittedAt: now });
  const all: Event[] = [1, 2].reduce<Event[]>(
    (made, version) => [...made, versionPublished(events, 'F', version)],
    [flowCreated(events, 'F', recent())],
  );
  all.push(events.next('FlowVersionArchived', 'ArchiveFlowVersion', { flowId: 'F', version: 1 }));
  const [kept, gone] = [templateEvents(events, 'kept'), templateEvents(events, 'gone')];
  all.push(kept.created(), kept.requested(), kept.made('docs'), kept.made('logs'), kept.finished());
  all.push(kept.removal(), kept.removed('logs'), kept.removalFinished(['docs']));
  all.push(gone.created(), gone.requested(), gone.finished(), gone.deleted(true));
  all.push(connectionPut(events, 'crm'), connectionPut(events, 'old'), connectionRemoved(events, 'old'));
  for (let run = 0; run < runs; run++) {
    const id = `${tenantId}:W:F:${run}`;
    all.push(executionRequested(events, 'F', id, recent()), executionStarted(events, 'F', id));
    if (run % 3 !== 0) all.push(executionClosed(events, 'F', id));
    all.push(commandRejected(events, 429, 'QUOTA_EXCEEDED', recent()));
  }
  all.push(events.next('FlowDeleted', 'DeleteFlow', { flowId: 'F', revision: 3 }), flowCreated(events, 'F', recent()));
  return all;
}

function frames(tenantId: string, run: number): readonly Frame[] {
  const ref = { executionId: `${tenantId}:W:F:${run}`, tenantId, workspaceId: 'W', flowId: 'F' };
  const node = (nodeId: string, status: NodeStatus) => ({
    type: 'NodeFrame' as const,
    data: nodeData(nodeId, status),
  });
  /** Of a sub-flow below the run. */
  const below = (nodeId: string, status: NodeStatus): Frame => ({
    type: 'NodeFrame',
    data: {
      ...nodeData(nodeId, status),
      executionId: `${ref.executionId}-a`,
      root: ref.executionId,
      facts: '{"subFlow":{"path":["a"],"version":"1"}}',
    },
  });
  const nodeData = (nodeId: string, status: NodeStatus): NodeFrame => ({
    ...ref,
    nodeId,
    iteration: 1,
    status,
    attemptNumber: 1,
    startedAt: status === 'scheduled' ? null : Date.now(),
    completedAt: null,
    reused: false,
    input: null,
    output: null,
    error: null,
    emittedAt: Date.now(),
    ...NO_LATER_MEMBERS,
  });
  return [
    node('a', 'started'),
    below('x', 'scheduled'),
    below('x', 'completed'),
    node('a', 'scheduled'),
    node('a', 'completed'),
    node('b', 'scheduled'),
    { type: 'RunClosed', data: { ...ref, status: 'Completed', closedAt: Date.now() } },
    node('b', 'started'),
    below('y', 'started'),
  ];
}

const open = (): Promise<Rebuild> =>
  openRebuild({
    kafka: log.kafka,
    topics: log.topics,
    partitions: PARTITIONS,
    url: store.url,
    commandRetentionMs: DAY_MS,
    runRetentionMs: 7 * DAY_MS,
    logger: makeLogger({ service: 'spec', level: 'error' }),
    onProgress: () => {},
  });

beforeAll(async () => {
  log = await openTestLog(PARTITIONS);
  store = await openTestStore();
  projections = startProjections(log, store);
  for (const tenantId of TENANTS) {
    const owner = await ownerFor(tenantId);
    await owner.append(history(makeEvents({ tenantId, workspaceId: 'W' }), tenantId, 100));
    for (let run = 0; run < 20; run++) await log.appendFrames(frames(tenantId, run));
  }
  await caughtUp(log, store, 'control');
  await caughtUp(log, store, 'runs');
});
afterAll(async () => {
  await projections.close();
  await store.close();
  await log.close();
});

describe('rebuild', () => {
  it('equals the live read models while these move on', async () => {
    const rebuild = await open();
    const owner = await ownerFor('A');
    const events = makeEvents({ tenantId: 'A', workspaceId: 'W2' });
    let writing = true;
    const write = async (): Promise<void> => {
      for (let run = 0; writing; run++) await owner.append([executionRequested(events, 'F', `A:W2:F:${run}`)]);
    };
    const written = write();
    await rebuild.catchUp();
    const differences = await rebuild.verify();
    writing = false;
    await written;
    expect(differences.filter(({ differing }) => differing > 0)).toEqual([]);
    const rows = Object.fromEntries(differences.map(({ table, liveRows }) => [table, liveRows]));
    expect(rows).toMatchObject({
      flows: 4,
      templates: 4,
      connections: 4,
      audit_denials: expect.any(Number) as number,
      frames: 320,
      nodes: 160,
      sub_flow_nodes: 80,
    });
    expect(rows['executions']).toBeGreaterThanOrEqual(400);
    await rebuild.discard();
    await rebuild.close();
  });

  it('finds a row that is missing, one that is too many and one that was changed', async () => {
    const rebuild = await open();
    await rebuild.catchUp();
    await store.pool.query(`DELETE FROM executions WHERE execution_id = 'B:W:F:1'`);
    await store.pool.query(`UPDATE executions SET status = 'Running' WHERE execution_id = 'B:W:F:2'`);
    await store.pool.query(
      `INSERT INTO frames (execution_id, log_offset, tenant_id, workspace_id, type, data, time_ms)
       VALUES ('B:W:F:1', 1000000, 'B', 'W', 'log-line', '{}', $1)`,
      [Date.now()],
    );
    const found = (await rebuild.verify()).flatMap(({ examples }) => examples);
    expect(found.toSorted()).toEqual([
      'not equal ["B:W:F:2"]',
      'only live ["B:W:F:1",1000000]',
      'only rebuilt ["B:W:F:1"]',
    ]);
    await rebuild.close();
  });

  it('takes the live place while projections run, and heals it', async () => {
    const rebuild = await open();
    await rebuild.catchUp();
    const owner = await ownerFor('B');
    const events = makeEvents({ tenantId: 'B', workspaceId: 'W3' });
    let writing = true;
    let runs = 0;
    const write = async (): Promise<void> => {
      for (; writing; runs++) await owner.append([executionRequested(events, 'F', `B:W3:F:${runs}`)]);
    };
    const written = write();
    await rebuild.switchOver();
    writing = false;
    await written;
    await rebuild.close();
    await owner.append([executionRequested(events, 'F', `B:W3:F:${runs++}`)]);
    await caughtUp(log, store, 'control');
    const { rows } = await store.pool.query(
      `SELECT count(*)::int AS runs FROM executions WHERE tenant_id = 'B' AND workspace_id = 'W3'`,
    );
    expect(rows).toEqual([{ runs }]);
    const again = await open();
    expect((await again.verify()).filter(({ differing }) => differing > 0)).toEqual([]);
    await again.discard();
    await again.close();
  });
});

it('projections that run on build on the rebuilt rows of flows, not on what they remember of those before', async () => {
  const owner = await ownerFor('C');
  const events = makeEvents({ tenantId: 'C', workspaceId: 'W4' });
  const touched = (revision: number): Event =>
    events.next('FlowUpdated', 'UpdateFlow', {
      ...{ flowId: 'G', name: null, definition: null, definitionYaml: null, revision },
    });
  const shown = async (): Promise<unknown> =>
    (await store.pool.query(`SELECT name, revision FROM flows WHERE tenant_id = 'C' AND workspace_id = 'W4'`)).rows;
  await owner.append([flowCreated(events, 'G')]);
  await caughtUp(log, store, 'control');
  await projections.close();
  await store.pool.query(`UPDATE flows SET name = 'damaged' WHERE tenant_id = 'C' AND workspace_id = 'W4'`);
  projections = startProjections(log, store);
  await owner.append([touched(2)]);
  await caughtUp(log, store, 'control');
  expect(await shown()).toEqual([{ name: 'damaged', revision: '2' }]);
  const rebuild = await open();
  await rebuild.catchUp();
  await rebuild.switchOver();
  await rebuild.close();
  expect(await shown()).toEqual([{ name: 'flow G', revision: '2' }]);
  await owner.append([touched(3)]);
  await caughtUp(log, store, 'control');
  expect(await shown()).toEqual([{ name: 'flow G', revision: '3' }]);
});

describe('a rebuild after the first frames of open runs have left the topic', () => {
  /** Nodes of runs that are open, as their rows show them. */
  const openNodes = async (): Promise<readonly unknown[]> =>
    (
      await store.pool.query(
        `SELECT n.execution_id, n.node_id, n.status, n.attempts, n.first_offset FROM executions e
           JOIN (SELECT execution_id AS run, execution_id, node_id, status, attempts, first_offset FROM nodes
                  UNION ALL SELECT root, execution_id, node_id, status, attempts, first_offset FROM sub_flow_nodes) n
             ON n.run = e.execution_id
          WHERE e.closed_at IS NULL ORDER BY 1, 2`,
      )
    ).rows;

  it('keeps their nodes, and takes what goes on', async () => {
    const [began, ...goesOn] = frames('D', 99).filter(({ type }) => type !== 'RunClosed');
    await log.appendFrames([began as Frame, ...goesOn.slice(0, 5)]);
    await caughtUp(log, store, 'runs');
    const before = await openNodes();
    expect(before.length).toBeGreaterThan(0);
    const ends = await endOffsets(log.kafka, log.topics.runs, [0, 1, 2]);
    for (const [partition, end] of ends) await cutTopic(log.topics.runs, partition, end);
    // Older than the retention of runs, as is what waits for a person.
    await store.pool.query('UPDATE nodes SET time_ms = 1');
    await store.pool.query('UPDATE sub_flow_nodes SET time_ms = 1');
    await log.appendFrames(goesOn.slice(5));
    await caughtUp(log, store, 'runs');
    const live = await openNodes();

    const rebuild = await open();
    await rebuild.catchUp();
    const differences = await rebuild.verify();
    expect(differences.filter(({ differing }) => differing > 0)).toEqual([]);
    expect(differences.find(({ table }) => table === 'nodes')?.liveRows).toBeGreaterThan(0);
    await rebuild.switchOver();
    await rebuild.close();
    expect(await openNodes()).toEqual(live);
  });
});
