import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FinalNode } from '@flowplane/contracts';
import { openQueriedLog, type QueriedLog } from '../../test/queried-log.js';
import { caughtUp } from '../../test/running-projections.js';
import { executionClosed, executionRequested, flowCreated, versionPublished } from '../../test/sample-events.js';

let queried: QueriedLog;
const FLOW = JSON.stringify({
  apiVersion: 'v1.0',
  name: 'p',
  nodes: [
    { id: 'call', type: 'task', taskType: 'http.request', next: 'tell' },
    { id: 'tell', type: 'task', taskType: 'events.publish', next: 'never' },
    { id: 'never', type: 'task', taskType: 'http.request' },
  ],
});

beforeAll(async () => {
  queried = await openQueriedLog();
  const { events, owner, at, now, log, store } = queried;
  const nodes = JSON.stringify([node('call', now, '{"status":"success"}'), node('tell', now, OUTPUT)]);
  const origin = { triggerId: 'P:webhook:orders', deliveryId: 'd-1', dedupeKey: null, record: null };
  await owner.append([
    flowCreated(events, 'P', at(60), FLOW),
    versionPublished(events, 'P', 1, [], FLOW),
    executionRequested(
      events,
      'P',
      'T:W:P:1',
      {
        ...at(50),
        actorId: 'webhook:P',
        correlationId: 'chain-0001',
        commandId: 'c-1',
        commandType: 'StartFromTrigger',
      },
      {
        triggerType: 'webhook',
        trigger: { ...origin, scheduledAt: null, depth: null, sizeBytes: 2, redelivery: 0 },
      },
    ),
    executionClosed(events, 'P', 'T:W:P:1', {
      closedAt: now - 1000,
      nodes: { json: nodes, ref: null, sizeBytes: nodes.length },
    }),
  ]);
  await caughtUp(log, store, 'control');
});
afterAll(() => queried?.close());

const DECIDING = JSON.stringify({
  apiVersion: 'v1.0',
  name: 'a',
  nodes: [
    { id: 'told', type: 'task', taskType: 'events.publish', next: 'agree' },
    { id: 'agree', type: 'approval', next: 'late' },
    { id: 'late', type: 'approval', timeout: 'PT1S', next: 'tell' },
    { id: 'tell', type: 'task', taskType: 'events.publish' },
  ],
});
const OUTPUT = '{"status":"success","topic":"order.charged","published":2}';
const node = (nodeId: string, now: number, output: string): FinalNode => ({
  ...{ nodeId, iteration: 1, status: 'completed', reused: false, input: null, error: null, scheduledEventId: '5' },
  output: { json: output, ref: null, sizeBytes: output.length },
  attempts: [{ status: 'completed', attemptNumber: 1, startedAt: now - 5000, completedAt: now - 4000 }] as never,
});
const causes = (executionId: string, headers = {}) =>
  queried.get(`/executions/${encodeURIComponent(executionId)}/causes`, headers);

describe('the causes of a run', () => {
  it('lead from the trigger to what it has published', async () => {
    const { status, body } = await causes('T:W:P:1');
    const time = (secondsAgo: number): string => new Date(queried.now - secondsAgo * 1000).toISOString();
    expect([status, body]).toEqual([
      200,
      {
        correlationId: 'chain-0001',
        trigger: { type: 'webhook', retriedFrom: null, triggerId: 'P:webhook:orders', deliveryId: 'd-1' },
        command: {
          ...{ commandId: 'c-1', type: 'execution.start', actorId: 'webhook:P' },
          submittedAt: new Date(queried.at(50).submittedAt).toISOString(),
        },
        event: { eventId: expect.any(String), type: 'ExecutionRequested', occurredAt: time(50) },
        run: expect.objectContaining({
          ...{ executionId: 'T:W:P:1', flowId: 'P', version: '1', status: 'Completed' },
          ...{ createdAt: time(50), closedAt: time(1) },
        }),
        activities: [
          expect.objectContaining({ nodeId: 'call', taskType: 'http.request', status: 'completed', attempts: 1 }),
          expect.objectContaining({
            nodeId: 'tell',
            taskType: 'events.publish',
            startedAt: time(5),
            completedAt: time(4),
          }),
        ],
        approvals: [],
        published: [{ nodeId: 'tell', topic: 'order.charged', messages: 2 }],
      },
    ]);
  });

  it('have decisions, all attempts, and nothing that a retry took over', async () => {
    const { events, owner, now, log, store } = queried;
    const nodes = JSON.stringify([
      { ...node('told', now, OUTPUT), reused: true, attempts: [] },
      node('agree', now, '{"approved":false,"timedOut":false,"actor":"bob","comment":"Over the budget"}'),
      node('late', now, '{"approved":false,"timedOut":true}'),
      {
        ...node('tell', now, OUTPUT),
        attempts: [
          { status: 'failed', attemptNumber: 51, startedAt: now - 5000, completedAt: now - 4500 },
          { status: 'completed', attemptNumber: 52, startedAt: now - 4400, completedAt: now - 4000 },
        ],
      },
    ]);
    await owner.append([
      flowCreated(events, 'A', {}, DECIDING),
      versionPublished(events, 'A', 1, [], DECIDING),
      executionRequested(events, 'A', 'T:W:A:1', {}, { retriedFrom: 'T:W:A:0' }),
      executionClosed(events, 'A', 'T:W:A:1', {
        closedAt: now - 1000,
        nodes: { json: nodes, ref: null, sizeBytes: nodes.length },
      }),
    ]);
    await caughtUp(log, store, 'control');
    const decidedAt = new Date(now - 4000).toISOString();
    expect((await causes('T:W:A:1')).body).toMatchObject({
      activities: [
        { nodeId: 'told', reused: true, attempts: 0, startedAt: null, completedAt: null },
        { nodeId: 'tell', reused: false, attempts: 52, startedAt: null, completedAt: decidedAt },
      ],
      approvals: [
        { nodeId: 'agree', approved: false, timedOut: false, actor: 'bob', comment: 'Over the budget', decidedAt },
        { nodeId: 'late', approved: false, timedOut: true, decidedAt },
      ],
      published: [{ nodeId: 'tell', topic: 'order.charged', messages: 2 }],
    });
  });

  it('are null, as far as they were not kept, of a run from before', async () => {
    await queried.store.pool.query(`UPDATE executions SET cause = NULL WHERE execution_id = 'T:W:F:open'`);
    expect(await causes('T:W:F:open')).toMatchObject({
      status: 200,
      body: {
        ...{ correlationId: null, command: null, event: null, activities: [], approvals: [], published: [] },
        trigger: { type: 'manual', retriedFrom: null },
      },
    });
  });

  it.each(['T:W:P:none', 'T:V:P:1', 'S:W:P:1', 'T:W:F:1', 'nonsense', 'T:W:P'])('404 %s', async (executionId) => {
    expect(await causes(executionId)).toMatchObject({ status: 404, body: { code: 'EXECUTION_NOT_FOUND' } });
  });

  it('of somebody else cost no look into the store', async () => {
    const { pool } = queried.store;
    const connect = pool.connect.bind(pool);
    let looks = 0;
    pool.connect = ((...args: []) => {
      looks += 1;
      return connect(...args);
    }) as typeof pool.connect;
    try {
      for (const executionId of ['S:W:P:1', 'T:V:P:1', 'nonsense']) await causes(executionId);
      expect(looks).toBe(0);
      await causes('T:W:P:1');
      expect(looks).toBeGreaterThan(0);
    } finally {
      pool.connect = connect;
    }
  });
});
