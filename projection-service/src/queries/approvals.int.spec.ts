import { contentHash } from '@flowplane/runtime/content-store';
import type { Frame } from '@flowplane/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openQueriedLog, type QueriedLog, type Reply } from '../../test/queried-log.js';
import { caughtUp } from '../../test/running-projections.js';
import {
  executionClosed,
  executionRequested,
  flowCreated,
  nodeFrame,
  versionPublished,
} from '../../test/sample-events.js';

let queried: QueriedLog;
const FLOW = JSON.stringify({
  apiVersion: 'v1.0',
  name: 'asks',
  nodes: [
    { id: 'open', type: 'approval', name: 'Anybody' },
    { id: 'bosses', type: 'approval', approvers: ['role:boss'], timeout: 'PT1H' },
    { id: 'carol', type: 'approval', approvers: ['user:carol', 'dave'] },
    { id: 'over', type: 'approval' },
    { id: 'task', type: 'task', taskType: 'http.request' },
  ],
});
const KEPT_APART = JSON.stringify({ message: 'kept apart' });

const waiting = (runId: string, nodeId: string, startedAt: number, input: object | string | null = null): Frame =>
  nodeFrame(
    { executionId: `T:W:A:${runId}`, tenantId: 'T', workspaceId: 'W', flowId: 'A' },
    nodeId,
    'waiting-approval',
    { startedAt, input: stored(input) },
  );
const stored = (input: object | string | null) => {
  if (input === null) return null;
  if (typeof input === 'string') return { json: null, ref: contentHash(Buffer.from(input)), sizeBytes: input.length };
  return { json: JSON.stringify(input), ref: null, sizeBytes: 0 };
};

beforeAll(async () => {
  queried = await openQueriedLog();
  const { events, owner, at, now, log, store, contentStore } = queried;
  await contentStore.put(KEPT_APART);
  await owner.append([
    flowCreated(events, 'A', at(60), FLOW),
    versionPublished(events, 'A', 1, [], FLOW),
    executionRequested(events, 'A', 'T:W:A:1', at(50)),
    executionRequested(events, 'A', 'T:W:A:2', at(40)),
    executionRequested(events, 'A', 'T:W:A:closed', at(30)),
    executionClosed(events, 'A', 'T:W:A:closed', { closedAt: now - 1000, status: 'Canceled', result: null }),
  ]);
  await caughtUp(log, store, 'control');
  const since = now - 40_000;
  const run = { executionId: 'T:W:A:1', tenantId: 'T', workspaceId: 'W', flowId: 'A' };
  for (const frames of [
    [waiting('1', 'open', since, { message: 'Deliver it?' })],
    [waiting('1', 'bosses', since + 1000), waiting('1', 'over', since), nodeFrame(run, 'over', 'completed')],
    [nodeFrame(run, 'task', 'started')],
    [waiting('closed', 'open', since)],
    [waiting('2', 'carol', since + 2000, KEPT_APART)],
  ]) {
    await log.appendFrames(frames);
    await caughtUp(log, store, 'runs');
  }
});
afterAll(() => queried?.close());

type Item = Readonly<Record<string, unknown>> & { readonly nodeId: string };
const itemsOf = ({ body }: Reply): readonly Item[] => body['items'] as readonly Item[];
const nodesOf = (reply: Reply): readonly string[] =>
  itemsOf(reply)
    .map(({ nodeId }) => nodeId)
    .toSorted();
const approvals = (query = '', headers = {}) => queried.get(`/approvals${query}`, headers);

describe('approvals that wait', () => {
  it('are those of open runs, with what those who decide need', async () => {
    const items = itemsOf(await approvals());
    expect(items.map(({ nodeId }) => nodeId).toSorted()).toEqual(['bosses', 'carol', 'open']);
    const since = new Date(queried.now - 40_000).toISOString();
    expect(items.find(({ nodeId }) => nodeId === 'open')).toEqual({
      ...{ executionId: 'T:W:A:1', flowId: 'A', version: '1', nodeId: 'open', name: 'Anybody' },
      ...{ since, expiresAt: null, approvers: [], message: 'Deliver it?' },
    });
    expect(items.find(({ nodeId }) => nodeId === 'bosses')).toMatchObject({
      ...{ approvers: ['role:boss'], message: null, name: null },
      expiresAt: new Date(queried.now - 39_000 + 3_600_000).toISOString(),
    });
    expect(items.find(({ nodeId }) => nodeId === 'carol')).toMatchObject({ message: 'kept apart' });
  });

  it.each([
    ['somebody', { 'x-auth-subject': 'alice' }, ['open']],
    ['a boss', { 'x-actor-roles': 'boss' }, ['bosses', 'open']],
    ['carol', { 'x-auth-subject': 'carol' }, ['carol', 'open']],
    ['one who is named without a prefix', { 'x-auth-subject': 'dave' }, ['carol', 'open']],
    ['one who is called as a role is named', { 'x-auth-subject': 'role:boss' }, ['open']],
    ['one who may not signal', { 'x-pg-role': 'flows_anon' }, []],
  ])('for %s', async (_who, headers, expected) => {
    expect(nodesOf(await approvals('?for=me', headers))).toEqual(expected);
    expect(nodesOf(await approvals('?for=all', headers))).toHaveLength(3);
  });

  it('do not say who decides to callers that may not read definitions', async () => {
    const items = itemsOf(await approvals('', { 'x-privilege-domain': 'data_access' }));
    expect(items).toHaveLength(3);
    for (const item of items) expect(item).not.toHaveProperty('approvers');
  });

  it('are paged without gap or repeat', async () => {
    const seen: string[] = [];
    for (let after = ''; ;) {
      const page = await approvals(`?page[size]=1${after}`);
      seen.push(...nodesOf(page));
      if (page.body['nextPageToken'] === null) break;
      after = `&page[after]=${page.body['nextPageToken'] as string}`;
    }
    expect(seen).toEqual(itemsOf(await approvals()).map(({ nodeId }) => nodeId));
    expect(seen.toSorted()).toEqual(['bosses', 'carol', 'open']);
  });

  it.each(['for=us', 'page[after]=x', 'page[size]=0'])('400 %s', async (query) => {
    expect(await approvals(`?${query}`)).toMatchObject({ status: 400, body: { code: 'INVALID_QUERY' } });
  });

  it('of another tenant are not shown', async () => {
    const { rows } = await queried.store.pool.query<{ n: string }>('SELECT count(*) AS n FROM approval_nodes');
    expect(Number(rows[0]?.n)).toBe(4);
    expect(await approvals('', { 'x-tenant-id': 'S' })).toMatchObject({ status: 403 });
  });
});
