import { caughtUp } from '../../test/running-projections.js';
import type { Frame, NodeFrame } from '@flowplane/contracts';
import { DEFINITION, flowCreated, nodeFrame } from '../../test/sample-events.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LARGE_OUTPUT, openQueriedLog, type QueriedLog, type Reply } from '../../test/queried-log.js';

let queried: QueriedLog;
beforeAll(async () => {
  queried = await openQueriedLog();
});
afterAll(async () => {
  await queried?.close();
});

const get: QueriedLog['get'] = (path, headers) => queried.get(path, headers);
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
    await queried.owner.append([flowCreated(queried.events, 'H', queried.at(15))]);
    await caughtUp(queried.log, queried.store, 'control');
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
      createdAt: new Date(queried.now - 30_000).toISOString(),
      startedAt: null,
      closedAt: null,
      labels: {},
    });
  });

  it('is narrowed by status and filter, never widened', async () => {
    const filtered = async (query: string) => ids(await get(`/flows/F/executions?query=${encodeURIComponent(query)}`));
    expect(ids(await get('/flows/F/executions?status=Failed'))).toEqual(['failed']);
    expect(await filtered(`ExecutionStatus != 'Pending' AND tenantId = 'other'`)).toEqual(['failed', 'done']);
    expect(await filtered(`workspaceId IN ('x')`)).toEqual(['open', 'failed', 'done']);
    expect(await filtered(`StartTime > '${new Date(queried.now - 50_000).toISOString()}'`)).toEqual(['open']);
    expect(await filtered(`CloseTime <= '${new Date(queried.now - 2000).toISOString()}'`)).toEqual(['done']);
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
    expect((body['nodes'] as unknown[])[1]).toMatchObject({ input: { sku: 'none' }, output: JSON.parse(LARGE_OUTPUT) });
  });

  it('shows the failure of a failed run and no result', async () => {
    const { body } = await get('/flows/F/executions/T:W:F:failed');
    expect(body).toMatchObject({
      status: 'Failed',
      result: null,
      failure: { nodeId: 'charge', code: 'X', message: 'broken' },
    });
  });

  const ABSENT = [
    ['unknown', 'F', 'T:W:F:nobody'],
    ['past retention', 'F', 'T:W:F:old'],
    ['of a sub-flow', 'F', 'T:W:F:done-enrich'],
  ] as const;
  const FOREIGN = [
    ['of another tenant', 'F', 'U:W:F:done'],
    ['of another workspace', 'F', 'T:X:F:done'],
    ['of another flow', 'G', 'T:W:F:done'],
    ['no execution id', 'F', 'done'],
  ] as const;
  const READS = ['', '/value?of=input', '/children'] as const;

  it.each([...ABSENT, ...FOREIGN])('%s: 404', async (_what, flowId, id) => {
    for (const read of READS) {
      expect(await get(`/flows/${flowId}/executions/${id}${read}`)).toMatchObject({
        status: 404,
        body: { code: 'EXECUTION_NOT_FOUND' },
      });
    }
  });

  it.each(FOREIGN)('%s: nothing is looked up', async (_what, flowId, id) => {
    const before = queried.lookups();
    for (const read of READS) await get(`/flows/${flowId}/executions/${id}${read}`);
    expect(queried.lookups()).toBe(before);
    await get('/flows/F/executions/T:W:F:done');
    expect(queried.lookups()).toBeGreaterThan(before);
  });
});

describe('children of a run', () => {
  const facts = JSON.stringify({ subFlow: { path: ['enrich'], version: '3' } });
  const place = { executionId: 'T:W:F:open-enrich', tenantId: 'T', workspaceId: 'W', flowId: 'G' };
  const below = (nodeId: string, status: NodeFrame['status'], over: Partial<NodeFrame> = {}): Frame => {
    const frame = nodeFrame(place, nodeId, status === 'completed' ? status : 'started') as { readonly data: NodeFrame };
    return { type: 'NodeFrame', data: { ...frame.data, status, root: 'T:W:F:open', facts, ...over } };
  };

  it('are the nodes of its sub-flows, page by page, without those of the run itself', async () => {
    const error = { code: 'X', message: 'once', stack: null };
    await queried.log.appendFrames([
      below('fetch', 'started'),
      below('fetch', 'retrying', { error, nextAttemptAt: 5000, completedAt: 4000 }),
      below('rest', 'started'),
      below('rest', 'completed', {
        output: { json: JSON.stringify('x'.repeat(70_000)), ref: null, sizeBytes: 70_002 },
      }),
      below('split', 'completed'),
    ]);
    await caughtUp(queried.log, queried.store, 'runs');
    const children = '/flows/F/executions/T:W:F:open/children';
    const first = await get(`${children}?page[size]=2`);
    const second = await get(`${children}?page[after]=${first.body['nextPageToken'] as string}`);
    const items = [first, second].flatMap(({ body }) => body['items'] as Record<string, unknown>[]);
    expect(items.map(({ nodeId, status }) => [nodeId, status])).toEqual([
      ['fetch', 'retrying'],
      ['rest', 'completed'],
      ['split', 'completed'],
    ]);
    expect(items[0]).toEqual({
      ...{ path: ['enrich'], flowId: 'G', version: '3', nodeId: 'fetch', status: 'retrying', reused: false },
      ...{ input: null, output: null, error: { message: 'once' } },
      attempts: [
        {
          ...{ status: 'failed', attemptNumber: 1, error: { message: 'once' } },
          completedAt: '1970-01-01T00:00:04.000Z',
          nextAttemptAt: '1970-01-01T00:00:05.000Z',
          startedAt: expect.any(String) as string,
        },
      ],
    });
    // Of a large value there is none, of a small one all.
    expect(items.map(({ output }) => output)).toEqual([null, null, { ok: true }]);
    expect(second.body['nextPageToken']).toBeNull();
    const { body } = await get('/flows/F/executions/T:W:F:open');
    expect((body['nodes'] as { status: string }[]).map(({ status }) => status)).toEqual([
      'pending',
      'pending',
      'pending',
    ]);
  });

  it('are none where nothing was told, and refuse a cursor of another list', async () => {
    expect((await get('/flows/F/executions/T:W:F:done/children')).body).toEqual({ items: [], nextPageToken: null });
    const wrong = await get('/flows/F/executions/T:W:F:done/children?page[after]=x');
    expect(wrong).toMatchObject({ status: 400, body: { code: 'INVALID_QUERY' } });
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
    expect(
      await of(
        `from=${new Date(queried.now - 35_000).toISOString()}&to=${new Date(queried.now - 25_000).toISOString()}`,
      ),
    ).toBe(1);
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

describe('another tenant', () => {
  it('sees nothing of this one, whatever workspace it names', async () => {
    const foreign = { 'x-tenant-id': 'U', 'x-actor-roles': 'workspace_admin' };
    expect(await get('/flows/F', foreign)).toMatchObject({ status: 403, body: { code: 'CROSS_TENANT_VIOLATION' } });
    const reply = await queried.app.inject({ method: 'GET', url: '/v1/flows/workspaces/V/flows', headers: foreign });
    expect(reply.json()).toEqual({ items: [] });
  });
});
