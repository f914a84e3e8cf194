import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openQueriedLog, type QueriedLog, type Reply } from '../../test/queried-log.js';
import { caughtUp } from '../../test/running-projections.js';
import { executionClosed, executionRequested, executionStarted, flowCreated } from '../../test/sample-events.js';

let queried: QueriedLog;
const LABELS = { team: 'billing', reason: 'Ärger', order: 'o:1 "50 %"' };

beforeAll(async () => {
  queried = await openQueriedLog();
  const { events, owner, at, now } = queried;
  await owner.append([
    flowCreated(events, 'H', at(60)),
    executionRequested(events, 'H', 'T:W:H:hook', at(50), {
      triggerType: 'webhook',
      version: 2,
      labels: JSON.stringify(LABELS),
    }),
    executionRequested(events, 'H', 'T:W:H:late', at(5), { labels: '{"team":"billing"}' }),
    executionStarted(events, 'H', 'T:W:H:late'),
    executionRequested(events, 'H', 'T:W:H:broken', at(4)),
    executionClosed(events, 'H', 'T:W:H:broken', {
      closedAt: now - 500,
      status: 'Failed',
      result: null,
      failure: { nodeId: 'pay', code: 'TIMEOUT', message: 'The Ledger did not answer: überlast.' },
    }),
  ]);
  await caughtUp(queried.log, queried.store, 'control');
});
afterAll(() => queried?.close());

const ids = ({ body }: Reply): readonly string[] =>
  (body['items'] as readonly { readonly executionId: string }[]).map(({ executionId }) =>
    executionId.slice('T:W:'.length),
  );
const found = async (query: string, headers = {}): Promise<readonly string[]> =>
  ids(await queried.get(`/executions?${query}`, headers));
const ALL = ['H:broken', 'H:late', 'F:open', 'H:hook', 'F:failed', 'F:done'];

describe('runs of a workspace', () => {
  it('are those of all its flows, newest first, with their labels', async () => {
    expect(await found('')).toEqual(ALL);
    const { body } = await queried.get('/executions?flowId=H&triggerType=webhook');
    expect(body['items']).toMatchObject([{ flowId: 'H', version: '2', triggerType: 'webhook', labels: LABELS }]);
    expect(await queried.get('/flows/H/executions?page[size]=1')).toMatchObject({ body: { items: [{ labels: {} }] } });
    const detail = await queried.get('/flows/H/executions/T:W:H:hook');
    expect(detail.body['labels']).toEqual(LABELS);
  });

  it.each([
    ['status=Failed', ['H:broken', 'F:failed']],
    ['status=Running', ['H:late']],
    ['status=Pending', ['F:open', 'H:hook']],
    ['status=Cancelled', []],
    ['flowId=F', ['F:open', 'F:failed', 'F:done']],
    ['flowId=F&status=Completed', ['F:done']],
    ['flowId=never', []],
    ['version=2', ['H:hook']],
    ['triggerType=webhook', ['H:hook']],
    ['failedNode=pay', ['H:broken']],
    ['failedNode=charge', ['F:failed']],
    ['text=LEDGER', ['H:broken']],
    ['text=timeout', ['H:broken']],
    ['text=broken%20timeout', []],
    ['text=timeout%20pay', []],
    [`text=${encodeURIComponent('ÜBERLAST')}`, ['H:broken']],
    [`text=${encodeURIComponent('ärger')}`, ['H:hook']],
    ['text=w:f:', ['F:open', 'F:failed', 'F:done']],
    ['text=BILL', ['H:late', 'H:hook']],
    ['text=%25', ['H:hook']],
    ['text=_', []],
    ['text=team', []],
    ['label=team:billing', ['H:late', 'H:hook']],
    ['label=team:Billing', []],
    [`label=team:billing&label=order:${encodeURIComponent(LABELS.order)}`, ['H:hook']],
    ['label=team:billing&label=team:sales', []],
    ['label=team:billing&status=Running', ['H:late']],
  ])('%s', async (query, expected) => {
    expect(await found(query)).toEqual(expected);
  });

  it('are narrowed by the time they were asked for', async () => {
    const ago = (seconds: number): string => new Date(queried.now - seconds * 1000).toISOString();
    expect(await found(`from=${ago(50)}`)).toEqual(ALL.slice(0, 4));
    expect(await found(`to=${ago(50)}`)).toEqual(ALL.slice(3));
    expect(await found(`from=${ago(50)}&to=${ago(30)}`)).toEqual(['F:open', 'H:hook']);
  });

  it.each([
    ...['status=Nonsense', 'version=0', 'version=1.5', 'triggerType=hand', 'from=yesterday', 'to=2026-02-30T00:00:00Z'],
    ...['text=', `text=${'x'.repeat(257)}`, 'label=team', 'label=Team:x', 'page[size]=0', 'page[after]=x'],
    Array.from({ length: 17 }, (_, at) => `label=k${at}:v`).join('&'),
  ])('400 %s', async (query) => {
    expect(await queried.get(`/executions?${query}`)).toMatchObject({ status: 400, body: { code: 'INVALID_QUERY' } });
  });

  it.each(['', '&label=team:billing', '&status=Failed'])('are paged without gap or repeat%s', async (filter) => {
    const seen: string[] = [];
    for (let after = ''; ;) {
      const page = await queried.get(`/executions?page[size]=1${filter}${after}`);
      seen.push(...ids(page));
      if (page.body['nextPageToken'] === null) break;
      after = `&page[after]=${page.body['nextPageToken'] as string}`;
    }
    expect(seen).toEqual(await found(filter.slice(1)));
  });

  it('of another tenant are not among them, whatever is asked for', async () => {
    expect(await found('', { 'x-tenant-id': 'T', 'x-pg-role': 'flows_anon' })).toEqual(ALL);
    const answer = await queried.get('/executions', { 'x-tenant-id': 'S' });
    expect(answer).toMatchObject({ status: 403, body: { code: 'CROSS_TENANT_VIOLATION' } });
  });

  it('take their labels with them when they go', async () => {
    const count = async (): Promise<number> =>
      Number((await queried.store.pool.query<{ n: string }>('SELECT count(*) AS n FROM execution_labels')).rows[0]?.n);
    expect(await count()).toBe(4);
    await queried.store.pool.query(`DELETE FROM executions WHERE execution_id = 'T:W:H:hook'`);
    expect(await count()).toBe(1);
  });
});
