import { contentHash } from '@flowplane/runtime/content-store';
import type { FinalNode, StoredValue } from '@flowplane/contracts';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openQueriedLog, type QueriedLog } from '../../test/queried-log.js';
import { caughtUp } from '../../test/running-projections.js';
import { executionClosed, executionRequested, flowCreated } from '../../test/sample-events.js';
import { framesPage, MAX_FRAMES_BYTES } from '@flowplane/runtime/read-model';
import { MAX_PAGE_BYTES } from './bounded-rows.js';
import { MAX_INLINE_BYTES, PART_BYTES } from './run-values.js';

const WAIT = { timeout: 60_000 };
/** Two of these fit into a page, three do not; one of the other kind is larger than a page. */
const LARGE = 1_500_000;
const HUGE = MAX_PAGE_BYTES + 100_000;
const FLOWS = ['big-1', 'big-2', 'big-3', 'big-4', 'huge-1', 'huge-2', 'huge-3', 'huge-4', 'big-5'];
const bytesOf = (flowId: string): number => (flowId.startsWith('huge') ? HUGE : LARGE);

let queried: QueriedLog;
beforeAll(async () => {
  queried = await openQueriedLog();
  const { owner, events, at, log, store } = queried;
  for (const [order, flowId] of FLOWS.entries()) {
    const definition = JSON.stringify({ description: 'é'.repeat(bytesOf(flowId) / 2) });
    await owner.append([flowCreated(events, flowId, at(60 - order), definition)]);
  }
  await caughtUp(log, store, 'control');
  await queried.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await queried?.close();
});

type List = {
  readonly items: readonly { readonly flowId: string; readonly definition: { readonly description?: string } }[];
  readonly pageInfo?: { readonly nextCursor: string | null };
};
const flows = async (query = '') => (await queried.get(`/flows${query}`)).body as unknown as List;
const idsOf = ({ items }: List) => items.map(({ flowId }) => flowId);

/** What answers held is given back, at the latest a moment after the last byte. */
const released = () => vi.waitFor(() => expect(queried.answers.held()).toBe(0), WAIT);

/** Asks for all flows and reads nothing of the body. */
const ask = () =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const { port } = queried.app.server.address() as AddressInfo;
    const headers = { 'x-tenant-id': 'T', 'x-auth-subject': 'alice', 'x-actor-roles': 'workspace_admin' };
    const asked = request({ port, host: '127.0.0.1', path: '/v1/flows/workspaces/W/flows', headers }, resolve);
    asked.on('error', reject);
    asked.end();
  });

describe('a list of large flows', () => {
  it('has pages that end where their bytes do, without gap or repeat', async () => {
    const pages: string[][] = [];
    for (let after: string | null | undefined = ''; after !== null && after !== undefined;) {
      const page: List = await flows(`?page[size]=200${after === '' ? '' : `&page[after]=${after}`}`);
      pages.push([...idsOf(page)]);
      after = page.pageInfo?.nextCursor;
    }
    expect(pages).toEqual([
      ['F', 'big-1', 'big-2'],
      ['big-3', 'big-4'],
      ...[['huge-1'], ['huge-2'], ['huge-3'], ['huge-4'], ['big-5']],
    ]);
    await released();
  });

  it('is complete where no page is asked for, and in memory a part at a time', async () => {
    queried.answers.peak();
    const list = await flows();
    expect(idsOf(list)).toEqual(['F', ...FLOWS]);
    expect(list.items.map(({ definition }) => definition.description?.length)).toEqual([
      undefined,
      ...FLOWS.map((flowId) => bytesOf(flowId) / 2),
    ]);
    expect(queried.answers.peak()).toBeLessThan(HUGE + 10_000);
    await released();
  });

  it('holds one part and no connection while its reader does not read, and nothing once it has left', async () => {
    const readers = await Promise.all([ask(), ask(), ask()]);
    const { pool } = queried.store;
    await vi.waitFor(() => {
      expect(queried.answers.held()).toBeGreaterThan(0);
      expect(pool.totalCount - pool.idleCount).toBe(0);
    }, WAIT);
    expect(queried.answers.held()).toBeLessThanOrEqual(3 * (HUGE + 10_000));
    for (const reader of readers) reader.on('error', () => undefined).destroy();
    await released();
  });

  it('is asked for by HEAD without its rows being read to the end', async () => {
    const head = await queried.app.inject({
      method: 'HEAD',
      url: '/v1/flows/workspaces/W/flows',
      headers: { 'x-tenant-id': 'T', 'x-auth-subject': 'alice' },
    });
    expect([head.statusCode, head.body]).toEqual([200, '']);
    await released();
  });
});

const textOf = (bytes: number): string => JSON.stringify('é'.repeat((bytes - 2) / 2));
const AT_BOUND = textOf(MAX_INLINE_BYTES);
const ABOVE = textOf(MAX_INLINE_BYTES + 2);
const BY_HASH = textOf(3 * PART_BYTES);
const RUN = '/flows/F/executions/T:W:F:large';

type Value = { readonly href: string; readonly bytes: number; readonly preview: string };
type Shown = Readonly<Record<string, unknown>> & { readonly inputLink?: Value; readonly outputLink?: Value };
type Detail = Shown & { readonly resultLink?: Value; readonly nodes: readonly Shown[] };

/** What a link leads to. */
const follow = async (link: Value | undefined) => {
  const headers = { 'x-tenant-id': 'T', 'x-auth-subject': 'alice' };
  const answer = await queried.app.inject({ method: 'GET', url: link?.href ?? '/', headers });
  expect(answer.headers['content-length']).toBe(String(link?.bytes));
  return answer.body;
};

describe('large values of a run', () => {
  const here = (json: string): StoredValue => ({ json, ref: null, sizeBytes: Buffer.byteLength(json) });
  const byHash = (json: string): StoredValue => ({ json: null, ref: contentHash(Buffer.from(json)), sizeBytes: 1 });
  const node = (nodeId: string, input: StoredValue, output: StoredValue | null): FinalNode => ({
    ...{ nodeId, iteration: 1, status: 'completed', reused: false, input, output, error: null },
    ...{ attempts: [], scheduledEventId: null },
  });

  beforeAll(async () => {
    const { owner, events, at, log, store, contentStore } = queried;
    await contentStore.put(BY_HASH);
    const nodes = JSON.stringify([node('charge', here(AT_BOUND), byHash(BY_HASH)), node('refuse', here(ABOVE), null)]);
    await contentStore.put(nodes);
    const requested = executionRequested(events, 'F', 'T:W:F:large', at(5));
    const input = JSON.stringify({ text: ABOVE });
    await owner.append([
      { ...requested, data: { ...requested.data, input } } as typeof requested,
      executionClosed(events, 'F', 'T:W:F:large', { result: here(ABOVE), nodes: byHash(nodes) }),
    ]);
    await caughtUp(log, store, 'control');
  });

  it('are links to what they are, with their length and beginning; up to 64 kB they are there', async () => {
    const detail = (await queried.get(RUN)).body as unknown as Detail;
    const [, charge, refuse] = detail.nodes;
    expect(detail).toMatchObject({ input: null, result: null });
    expect(charge).toMatchObject({ input: JSON.parse(AT_BOUND) as unknown, output: null });
    expect(charge).not.toHaveProperty('inputLink');
    expect(refuse).toMatchObject({ input: null, output: null });
    expect(refuse).not.toHaveProperty('outputLink');
    expect(JSON.parse(await follow(detail.inputLink))).toEqual({ text: ABOVE, sku: 'none' });
    expect(await follow(detail.resultLink)).toBe(ABOVE);
    expect(await follow(charge?.outputLink)).toBe(BY_HASH);
    expect(await follow(refuse?.inputLink)).toBe(ABOVE);
    expect(charge?.outputLink?.preview).toBe(`"${'é'.repeat(127)}`);
    expect(refuse?.inputLink?.preview).toBe(`"${'é'.repeat(127)}`);
    await released();
  });

  it('are loaded a part at a time where there are many that are small', async () => {
    const { owner, events, at, log, store, contentStore } = queried;
    const ids = Array.from({ length: 60 }, (_, order) => `n${order}`);
    const values = ids.map((id) => JSON.stringify(id.repeat(20_000)));
    await Promise.all(values.map((value) => contentStore.put(value)));
    const definition = JSON.stringify({ apiVersion: 'v1.0', name: 'many', nodes: ids.map((id) => ({ id })) });
    const nodes = JSON.stringify(ids.map((id, order) => node(id, byHash(values[order] ?? ''), null)));
    const published = { flowId: 'many', version: 1, revision: 2, definition, definitionYaml: null };
    await owner.append([
      flowCreated(events, 'many', at(4)),
      events.next('FlowVersionPublished', 'PublishFlow', { ...published, dslApiVersion: 'v1.0', triggers: [] }),
      executionRequested(events, 'many', 'T:W:many:1', at(3)),
      executionClosed(events, 'many', 'T:W:many:1', { nodes: here(nodes) }),
    ]);
    await caughtUp(log, store, 'control');
    queried.answers.peak();
    const detail = (await queried.get('/flows/many/executions/T:W:many:1')).body as unknown as Detail;
    expect(detail.nodes.map(({ input }) => JSON.stringify(input))).toEqual(values);
    expect(values.join('').length).toBeGreaterThan(2 * PART_BYTES);
    expect(queried.answers.peak()).toBeLessThan(1.1 * PART_BYTES);
    await released();
  });

  it('can be read one by one whatever their size, and are not found where there is none', async () => {
    const value = async (query: string, of = RUN) => {
      const { status, body } = await queried.get(`${of}/value?${query}`);
      return status === 200 ? body : [status, body['code']];
    };
    expect(await value('of=input&nodeId=charge')).toBe(JSON.parse(AT_BOUND));
    expect(await value('of=input', '/flows/F/executions/T:W:F:done')).toEqual({ orderId: 7, sku: 'none' });
    expect(await value('of=output&nodeId=refuse')).toEqual([404, 'VALUE_NOT_FOUND']);
    expect(await value('of=output&nodeId=split')).toEqual([404, 'VALUE_NOT_FOUND']);
    expect(await value('of=input&nodeId=nobody')).toEqual([404, 'VALUE_NOT_FOUND']);
    expect(await value('of=result', '/flows/F/executions/T:W:F:open')).toEqual([404, 'VALUE_NOT_FOUND']);
    expect(await value('of=input', '/flows/F/executions/T:W:F:nobody')).toEqual([404, 'EXECUTION_NOT_FOUND']);
    expect(await value('of=input', '/flows/F/executions/U:W:F:done')).toEqual([404, 'EXECUTION_NOT_FOUND']);
    for (const query of ['', 'of=all', 'of=output', 'of=result&nodeId=charge']) {
      expect(await value(query)).toEqual([400, 'INVALID_QUERY']);
    }
    await released();
  });
});

it('stored frames of a stream are loaded as far as their bytes are allowed, a larger one alone', async () => {
  const executionId = 'T:W:F:open';
  const sizes = [100_000, 100_000, 100_000, 2 * MAX_FRAMES_BYTES, 100_000];
  for (const [offset, bytes] of sizes.entries()) {
    await queried.store.pool.query(
      `INSERT INTO frames (execution_id, log_offset, tenant_id, workspace_id, type, data, time_ms)
       VALUES ($1, $2, 'T', 'W', 'log-line', repeat('x', $3), 0)`,
      [executionId, offset, bytes],
    );
  }
  const pages: { readonly offsets: readonly number[]; readonly isLast: boolean | undefined }[] = [];
  for (let offset = 0; offset < sizes.length;) {
    const from = { executionId, partition: 0, offset, pageSize: 500 };
    const page = await framesPage(queried.store.pool, { tenantId: 'T', workspaceId: 'W' }, from);
    const offsets = page?.frames.map((frame) => frame.offset) ?? [];
    pages.push({ offsets, isLast: page?.isLast });
    offset = (offsets.at(-1) ?? sizes.length) + 1;
  }
  expect(pages).toEqual([
    { offsets: [0, 1], isLast: false },
    { offsets: [2], isLast: false },
    { offsets: [3], isLast: false },
    { offsets: [4], isLast: true },
  ]);
});
