import {
  DEFAULT_LIMITS,
  encodeCommand,
  encodePosition,
  hardQuotas,
  HEADER,
  type Command,
  type Event,
  type FinalNode,
  secretKeysOf,
  type TenantQuota,
} from '@flowplane/contracts';
import { CONTENT_MIGRATIONS, contentHash, makeContentStore } from '@flowplane/infra/content-store';
import { migrate } from '@flowplane/infra/postgres';
import { buildServer, prepareFlowRoutes } from '@flowplane/infra/http';
import { endOffsets } from '@flowplane/infra/kafka';
import { makeIdentifyCaller } from '@flowplane/infra/identity';
import { makeLogger } from '@flowplane/infra/logging';
import { makeMetrics } from '@flowplane/infra/telemetry';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addQueryRoutes } from '../app.js';
import type { Projections } from '../open-projections.js';
import { caughtUp, startProjections } from '../testing/running-projections.js';
import {
  commandRejected,
  DEFINITION,
  executionClosed,
  executionRequested,
  executionStarted,
  flowCreated,
  makeEvents,
  tenantQuotasSet,
  versionPublished,
} from '../testing/sample-events.js';
import { openTestLog, type TestLog, type TestOwner } from '../testing/test-log.js';
import { openTestStore, type TestStore } from '../testing/test-store.js';
import { makePendingCommands } from './pending-commands.js';

const PARTITIONS = 2;
const HOUR_MS = 3_600_000;
const now = Date.now();

let log: TestLog;
let store: TestStore;
let projections: Projections;
let app: FastifyInstance;
let owner: TestOwner;
/** Searches of a backlog so far. */
let scans = 0;

const events = makeEvents({ tenantId: 'T', workspaceId: 'W' });
const at = (secondsAgo: number) => ({ occurredAt: now - secondsAgo * 1000, submittedAt: now - secondsAgo * 1000 - 3 });

const finalNode = (nodeId: string, over: Partial<FinalNode> = {}): FinalNode => ({
  nodeId,
  iteration: 1,
  status: 'completed',
  reused: false,
  input: null,
  output: null,
  error: null,
  attempts: [{ status: 'completed', attemptNumber: 1, startedAt: now - 5000, completedAt: now - 4000 }],
  scheduledEventId: null,
  ...over,
});
/** What the executor reconciled; the output is kept by reference, and the table as well. */
const largeOutput = JSON.stringify({ text: 'x'.repeat(1000) });
const finalNodes = JSON.stringify([
  finalNode('split'),
  finalNode('charge', {
    scheduledEventId: '9',
    input: { json: '{"sku":"none"}', ref: null, sizeBytes: 14 },
    output: { json: null, ref: contentHash(Buffer.from(largeOutput)), sizeBytes: largeOutput.length },
  }),
]);

beforeAll(async () => {
  log = await openTestLog(PARTITIONS);
  store = await openTestStore();
  projections = startProjections(log, store);
  await migrate(store.pool, CONTENT_MIGRATIONS);
  const contentStore = makeContentStore(store.pool);
  for (const text of [largeOutput, finalNodes]) await contentStore.put(text);
  app = buildServer({
    logger: makeLogger({ service: 'spec', level: 'error' }),
    metrics: makeMetrics(),
    maxBodyBytes: 1000,
    missing: () => Promise.resolve([]),
  });
  prepareFlowRoutes(app);
  const access = {
    identify: makeIdentifyCaller({
      findApiKey: () => Promise.resolve(undefined),
      verifyJwt: undefined,
      gatewaySecret: undefined,
    }),
    binding: 'strict',
    registry: 'claim',
    ownerOf: (workspaceId: string) => Promise.resolve(workspaceId === 'W' ? 'T' : undefined),
  } as const;
  addQueryRoutes(app, access, {
    pool: store.pool,
    progress: store.progress,
    partitions: PARTITIONS,
    commandWaitMs: 10_000,
    commandRetentionMs: HOUR_MS,
    runRetentionMs: HOUR_MS,
    contentStore,
    secretKeys: secretKeysOf({ triggerSecretKey: 'key', previousTriggerSecretKeys: [], nodeEnv: 'test' }),
    pending: makePendingCommands({
      kafka: log.kafka,
      commandsTopic: log.topics.commands,
      partitions: PARTITIONS,
      pool: store.pool,
      onScan: () => scans++,
    }),
    quotas: () => ({ ...hardQuotas(DEFAULT_LIMITS), max_flows: { limit: 7, grace: 0 } }),
    schedulingEnabled: true,
  });
  owner = await log.takeOver(log.partitionOf('T'), 1);
  await owner.append([
    flowCreated(events, 'F', at(100)),
    versionPublished(events, 'F', 1),
    executionRequested(events, 'F', 'T:W:F:done', at(90)),
    executionStarted(events, 'F', 'T:W:F:done'),
    executionClosed(events, 'F', 'T:W:F:done', {
      closedAt: now - 2000,
      nodes: { json: null, ref: contentHash(Buffer.from(finalNodes)), sizeBytes: finalNodes.length },
    }),
    executionRequested(events, 'F', 'T:W:F:failed', at(80)),
    executionClosed(events, 'F', 'T:W:F:failed', {
      closedAt: now - 1000,
      status: 'Failed',
      result: null,
      failure: { nodeId: 'charge', code: 'X', message: 'broken' },
    }),
    executionRequested(events, 'F', 'T:W:F:open', { ...at(30), commandId: 'start-open' }),
    executionRequested(events, 'F', 'T:W:F:old', at(7200)),
    executionClosed(events, 'F', 'T:W:F:old', { closedAt: now - 2 * HOUR_MS }),
    flowCreated(events, 'G', at(20)),
    events.next('FlowDeleted', 'DeleteFlow', { flowId: 'G', revision: 1 }),
    commandRejected(events, 429, 'QUOTA_EXCEEDED', { ...at(10), commandId: 'refused' }),
  ]);
  await caughtUp(log, store, 'control');
});
afterAll(async () => {
  await app.close();
  await projections.close();
  await store.close();
  await log.close();
});

type Reply = {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Record<string, unknown>;
};

const get = async (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> => {
  const reply = await app.inject({
    method: 'GET',
    url: `/v1/flows/workspaces/W${path}`,
    headers: { 'x-tenant-id': 'T', 'x-auth-subject': 'alice', 'x-actor-roles': 'workspace_admin', ...headers },
  });
  return { status: reply.statusCode, body: reply.json<Record<string, unknown>>(), headers: reply.headers };
};
const ids = ({ body }: Reply): string[] =>
  (body['items'] as { executionId: string }[]).map(({ executionId }) => executionId.slice(6));

describe('flows and versions', () => {
  it('are read with their revision as ETag', async () => {
    const flow = await get('/flows/F');
    expect(flow).toMatchObject({ status: 200, headers: { etag: '"2"' } });
    expect(flow.body).toMatchObject({ flowId: 'F', latestVersion: 1, revision: 2, status: 'draft' });
    expect(flow.body['definition']).toEqual(JSON.parse(DEFINITION));
  });

  it('list everything, or pages', async () => {
    expect(Object.keys((await get('/flows')).body)).toEqual(['items']);
    await owner.append([flowCreated(events, 'H', at(15))]);
    await caughtUp(log, store, 'control');
    const first = await get('/flows?page[size]=1');
    expect(first.body).toMatchObject({ items: [{ flowId: 'F' }], pageInfo: { size: 1 } });
    const { nextCursor } = first.body['pageInfo'] as { nextCursor: string };
    const second = await get(`/flows?page[size]=1&page[after]=${nextCursor}`);
    expect(second.body).toMatchObject({ items: [{ flowId: 'H' }], pageInfo: { nextCursor: null } });
    expect(await get('/flows?page[after]=nonsense')).toMatchObject({ status: 400, body: { code: 'INVALID_QUERY' } });
  });

  it('are gone once deleted', async () => {
    expect(await get('/flows/G')).toMatchObject({ status: 404, body: { code: 'FLOW_NOT_FOUND' } });
    expect(await get('/flows/G/versions')).toMatchObject({ status: 404, body: { code: 'FLOW_NOT_FOUND' } });
    expect(await get('/flows/G/versions/1')).toMatchObject({ status: 404, body: { code: 'VERSION_NOT_FOUND' } });
  });

  it('have versions, one with its definition', async () => {
    const list = await get('/flows/F/versions');
    expect(list.body['items']).toMatchObject([{ flowId: 'F', version: 1, dslApiVersion: 'v1.0', createdBy: 'alice' }]);
    expect((await get('/flows/F/versions/1')).body).toMatchObject({
      version: 1,
      definition: JSON.parse(DEFINITION),
      definitionYaml: null,
    });
    for (const version of ['2', 'one', '0', '-1', '99999999999']) {
      expect(await get(`/flows/F/versions/${version}`)).toMatchObject({
        status: 404,
        body: { code: 'VERSION_NOT_FOUND' },
      });
    }
  });
});

describe('list of executions', () => {
  it('is newest first and leaves out what is past retention', async () => {
    const list = await get('/flows/F/executions');
    expect(ids(list)).toEqual(['open', 'failed', 'done']);
    expect((list.body['items'] as unknown[])[0]).toEqual({
      executionId: 'T:W:F:open',
      workflowId: 'T:W:F:open',
      runId: 'open',
      flowId: 'F',
      version: '1',
      status: 'Pending',
      triggerType: 'manual',
      createdAt: new Date(now - 30_000).toISOString(),
      startedAt: null,
      closedAt: null,
    });
  });

  it('is narrowed by status and filter, never widened', async () => {
    const filtered = async (query: string) => ids(await get(`/flows/F/executions?query=${encodeURIComponent(query)}`));
    expect(ids(await get('/flows/F/executions?status=Failed'))).toEqual(['failed']);
    expect(await filtered(`ExecutionStatus != 'Pending' AND tenantId = 'other'`)).toEqual(['failed', 'done']);
    expect(await filtered(`workspaceId IN ('x')`)).toEqual(['open', 'failed', 'done']);
    expect(await filtered(`StartTime > '${new Date(now - 50_000).toISOString()}'`)).toEqual(['open']);
    expect(await filtered(`CloseTime <= '${new Date(now - 2000).toISOString()}'`)).toEqual(['done']);
    expect(await filtered(`flowVersion = '2'`)).toEqual([]);
    expect(await get('/flows/F/executions?status=Nonsense')).toMatchObject({
      status: 400,
      body: { code: 'INVALID_QUERY' },
    });
    expect(await get('/flows/F/executions?filter=1%3D1')).toMatchObject({
      status: 400,
      body: { code: 'INVALID_QUERY' },
    });
  });

  it('is paged without gap or repeat', async () => {
    const seen: string[] = [];
    let after = '';
    for (;;) {
      const page = await get(`/flows/F/executions?page[size]=1${after}`);
      seen.push(...ids(page));
      const token = page.body['nextPageToken'] as string | null;
      if (token === null) break;
      after = `&page[after]=${token}`;
    }
    expect(seen).toEqual(['open', 'failed', 'done']);
  });

  it('knows the runs of a deleted flow, and no flow that never was', async () => {
    expect(await get('/flows/G/executions')).toMatchObject({ status: 200, body: { items: [] } });
    expect(await get('/flows/never/executions')).toMatchObject({ status: 404, body: { code: 'FLOW_NOT_FOUND' } });
  });
});

describe('execution detail', () => {
  it('shows a completed run with values by reference', async () => {
    const { body } = await get('/flows/F/executions/T%3AW%3AF%3Adone');
    expect(body).toMatchObject({
      runId: 'done',
      status: 'Completed',
      version: '1',
      input: { orderId: 7, sku: 'none' },
      result: { status: 'completed' },
      failure: null,
      retriedFrom: null,
      events: [{ nodeId: 'charge', eventId: '9', type: 'ActivityScheduled' }],
    });
    expect(
      (body['nodes'] as { nodeId: string; status: string }[]).map(({ nodeId, status }) => [nodeId, status]),
    ).toEqual([
      ['split', 'completed'],
      ['charge', 'completed'],
      ['refuse', 'skipped'],
    ]);
    expect((body['nodes'] as unknown[])[1]).toMatchObject({ input: { sku: 'none' }, output: JSON.parse(largeOutput) });
  });

  it('shows the failure of a failed run and no result', async () => {
    const { body } = await get('/flows/F/executions/T:W:F:failed');
    expect(body).toMatchObject({
      status: 'Failed',
      result: null,
      failure: { nodeId: 'charge', code: 'X', message: 'broken' },
    });
  });

  it.each([
    ['unknown', '/flows/F/executions/T:W:F:nobody'],
    ['past retention', '/flows/F/executions/T:W:F:old'],
    ['of another tenant', '/flows/F/executions/U:W:F:done'],
    ['of another workspace', '/flows/F/executions/T:X:F:done'],
    ['of another flow', '/flows/G/executions/T:W:F:done'],
    ['no execution id', '/flows/F/executions/done'],
  ])('%s: 404', async (_what, path) => {
    expect(await get(path)).toMatchObject({ status: 404, body: { code: 'EXECUTION_NOT_FOUND' } });
  });
});

describe('commands', () => {
  it('show outcome, position and the present status of the run', async () => {
    const started = await get('/commands/start-open');
    expect(started.body).toMatchObject({
      commandId: 'start-open',
      type: 'execution.start',
      status: 'accepted',
      httpStatus: 201,
      result: { executionId: 'T:W:F:open', runId: 'open', status: 'Pending' },
      error: null,
    });
    await owner.append([executionStarted(events, 'F', 'T:W:F:open')]);
    await caughtUp(log, store, 'control');
    expect((await get('/commands/start-open')).body['result']).toMatchObject({ status: 'Running' });
    expect((await get('/commands/refused')).body).toMatchObject({
      status: 'rejected',
      httpStatus: 429,
      result: null,
      error: { code: 'QUOTA_EXCEEDED' },
    });
  });

  it('are pending while they stand in the log undecided, for their own tenant only', async () => {
    const meta = {
      commandId: 'waiting',
      tenantId: 'T',
      workspaceId: 'W',
      actorId: 'alice',
      actorRoles: [],
      correlationId: 'c',
      traceparent: null,
      submittedAt: now,
      attempt: 1,
      idempotency: null,
    };
    const command: Command = { type: 'DeleteFlow', meta, data: { flowId: 'F', expectedRevision: null } };
    // The decided ones stand before it: their outcomes name offsets in this topic.
    for (let index = 0; index < 30; index++)
      await log.appendCommand({ ...command, meta: { ...meta, commandId: `c${index}` } });
    await log.appendCommand(command);
    expect(await get('/commands/waiting')).toMatchObject({
      status: 200,
      body: {
        commandId: 'waiting',
        type: 'flow.delete',
        status: 'pending',
        decidedAt: null,
        result: null,
        httpStatus: null,
      },
    });
    const foreign = { 'x-tenant-id': 'U' };
    const reply = await app.inject({ method: 'GET', url: '/v1/flows/workspaces/V/commands/waiting', headers: foreign });
    expect(reply.statusCode).toBe(404);
    expect(await get('/commands/unknown')).toMatchObject({ status: 404, body: { code: 'COMMAND_NOT_FOUND' } });

    // What others wrote under the same id, undecodable or of another tenant, does not stand in the way.
    const headers = { [HEADER.id]: 'hidden' };
    const hidden = { ...command, meta: { ...meta, commandId: 'hidden' } };
    const foreignOne = { ...hidden, meta: { ...hidden.meta, tenantId: 'U' } };
    const partition = log.partitionOf('T');
    for (const value of [Buffer.from('no command'), encodeCommand(foreignOne), encodeCommand(hidden)]) {
      await log.appendRaw(log.topics.commands, { partition, key: 'T', value, headers });
    }
    expect(await get('/commands/hidden')).toMatchObject({ status: 200, body: { status: 'pending' } });
  });

  it('are searched for together: many who ask at once do not search many times', async () => {
    scans = 0;
    const ids = Array.from({ length: 100 }, (_, index) => `unknown-${index}`);
    const answers = await Promise.all([...ids, 'waiting'].map((id) => get(`/commands/${id}`)));
    expect(answers.map(({ status }) => status)).toEqual([...ids.map(() => 404), 200]);
    expect(scans).toBeGreaterThan(0);
    expect(scans).toBeLessThan(20);
  });
});

describe('audit', () => {
  it('is newest first, with refusals and their reason', async () => {
    const { body } = await get('/audit?page[size]=200');
    const items = body['items'] as Record<string, unknown>[];
    const times = items.map(({ occurredAt }) => occurredAt as string);
    expect(times).toEqual(times.toSorted().toReversed());
    expect(items.find(({ outcome }) => outcome === 'denied')).toMatchObject({
      eventType: 'command.denied',
      commandType: 'execution.start',
      reason: { status: 429, code: 'QUOTA_EXCEEDED' },
    });
  });

  it('is filtered and paged', async () => {
    const of = async (query: string) =>
      ((await get(`/audit?${query}`)).body['items'] as Record<string, unknown>[]).length;
    expect(await of('outcome=denied')).toBe(1);
    expect(await of('eventType=flow.execution_started&flowId=F')).toBe(4);
    expect(await of('executionId=T:W:F:done')).toBe(1);
    expect(await of(`from=${new Date(now - 35_000).toISOString()}&to=${new Date(now - 25_000).toISOString()}`)).toBe(1);
    expect(await of('actorId=nobody')).toBe(0);
    const page = await get('/audit?page[size]=2');
    const next = await get(`/audit?page[size]=2&page[after]=${page.body['nextPageToken'] as string}`);
    expect((next.body['items'] as unknown[])[0]).not.toEqual((page.body['items'] as unknown[])[1]);
    expect(await get('/audit?outcome=maybe')).toMatchObject({ status: 400, body: { code: 'INVALID_QUERY' } });
  });

  it('is for structural roles', async () => {
    expect(await get('/audit', { 'x-actor-roles': 'viewer' })).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    });
  });
});

describe('quotas', () => {
  it('show limits of the tenant and usage', async () => {
    const { body } = await get('/quotas');
    expect(body['items']).toEqual([
      { dimension: 'max_flows', scope: 'tenant', limit: 7, usage: 2 },
      { dimension: 'max_flow_versions', scope: 'flow', limit: 20, usage: null },
      { dimension: 'max_concurrent_executions', scope: 'workspace', limit: 10, usage: 1 },
      { dimension: 'flow_starts_per_minute', scope: 'workspace', limit: 60, usage: expect.any(Number) as number },
      { dimension: 'flow_signal_rate_per_minute', scope: 'workspace', limit: 120, usage: 0 },
    ]);
  });

  it('show what was set for the tenant instead, in every workspace of it and to nobody else', async () => {
    const limitsOf = async (headers: Readonly<Record<string, string>> = {}) => {
      const { body } = await get('/quotas', headers);
      return (body['items'] as readonly { readonly limit: number }[]).map(({ limit }) => limit);
    };
    const set = (quotas: readonly TenantQuota[]) => owner.append([tenantQuotasSet(events, quotas)]);
    const end = async () => {
      const partition = log.partitionOf('T');
      const ends = await endOffsets(log.kafka, log.topics.events, [partition]);
      return encodePosition({ partition, offset: ends.get(partition) ?? 0 });
    };
    await set([
      { dimension: 'max_flows', limit: 3, grace: 2 },
      { dimension: 'flow_starts_per_minute', limit: -1, grace: 0 },
    ]);
    expect(await limitsOf({ 'x-flows-min-position': await end() })).toEqual([3, 20, 10, -1, 120]);
    await set([{ dimension: 'max_flow_versions', limit: 4, grace: 0 }]);
    expect(await limitsOf({ 'x-flows-min-position': await end() })).toEqual([7, 4, 10, 60, 120]);
    const reply = await app.inject({
      ...{ method: 'GET', url: '/v1/flows/workspaces/V/quotas' },
      headers: { 'x-tenant-id': 'U' },
    });
    expect(reply.json<{ items: readonly { limit: number }[] }>().items[1]?.limit).toBe(20);
    await set([]);
    expect(await limitsOf({ 'x-flows-min-position': await end() })).toEqual([7, 20, 10, 60, 120]);
  });
});

describe('minimal position', () => {
  it('makes a read wait for what is not projected yet', async () => {
    const partition = log.partitionOf('T');
    const offset = (store.progress.current('control', partition) ?? 0) + 1;
    const read = get('/flows/late', { 'x-flows-min-position': encodePosition({ partition, offset }) });
    const created: Event = flowCreated(events, 'late');
    await owner.append([created]);
    expect(await read).toMatchObject({ status: 200, body: { flowId: 'late' } });
  });

  it('is not reached in time: 504; no position: 400', async () => {
    const never = encodePosition({ partition: 0, offset: 1_000_000 });
    expect(await get('/flows', { 'x-flows-min-position': never, prefer: 'wait=0' })).toMatchObject({
      status: 504,
      body: { code: 'POSITION_NOT_REACHED' },
    });
    const elsewhere = encodePosition({ partition: PARTITIONS, offset: 1 });
    for (const token of ['garbage', elsewhere]) {
      expect(await get('/task-types', { 'x-flows-min-position': token })).toMatchObject({
        status: 400,
        body: { code: 'INVALID_POSITION' },
      });
    }
  });
});

describe('another tenant', () => {
  it('sees nothing of this one, whatever workspace it names', async () => {
    const foreign = { 'x-tenant-id': 'U', 'x-actor-roles': 'workspace_admin' };
    expect(await get('/flows/F', foreign)).toMatchObject({ status: 403, body: { code: 'CROSS_TENANT_VIOLATION' } });
    const reply = await app.inject({ method: 'GET', url: '/v1/flows/workspaces/V/flows', headers: foreign });
    expect(reply.json()).toEqual({ items: [] });
  });
});
