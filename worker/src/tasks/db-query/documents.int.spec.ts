import type { ConnectionEndpoints, JsonObject } from '@flowplane/contracts';
import { until } from '@flowplane/plumbing/test/kafka';
import { startFerretDb, type FerretDb } from '@flowplane/stack';
import { Binary, Long, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCountingListener, signedTenant, taskErrorOf } from '../../../test/tasks/attempts.js';
import { openTestDocuments, type TestDocuments } from '../../../test/tasks/documents.js';
import { openEndlessDatabase } from '../../../test/tasks/endless-database.js';
import { openHoldingProxy, type HoldingProxy } from '../../../test/tasks/holding-proxy.js';
import type { ResolveConnection } from '../connections/resolve-connection.js';

/** Longest wait for what a machine under load does late. */
const WAIT_MS = 60_000;
const mine = signedTenant('t1', 'w1');
const theirs = signedTenant('t2', 'w1');
const elsewhere = signedTenant('t1', 'w2');

let server: FerretDb;
let documents: TestDocuments;
beforeAll(async () => {
  server = await startFerretDb();
  const collections = ['orders', 'foreign', 'large', 'ids', 'kinds', 'many'];
  documents = await openTestDocuments({ url: server.url, database: 'data', collections, maxOutputBytes: 200_000 });
  for (const tenant of [mine, theirs, elsewhere]) {
    for (const id of [1, 2, 3, 4, 5]) {
      const values = {
        _id: id,
        region: id % 2 === 0 ? 'eu' : 'us',
        total: id * 10.5,
        note: id === 3 ? null : `n${id}`,
      };
      await orders('insert', { values }, tenant);
    }
  }
});
afterAll(async () => {
  await documents?.close();
  await server?.close();
});

const orders = (operation: string, more: JsonObject = {}, tenant = mine): Promise<JsonObject> =>
  documents.query({ operation, collectionName: 'orders', ...more }, tenant);
const failure = (input: JsonObject, tenant = mine) =>
  taskErrorOf(documents.query({ collectionName: 'orders', ...input }, tenant));
const idsOf = (result: JsonObject): unknown[] => (result['items'] as JsonObject[]).map((item) => item['_id']);
const ids = async (more: JsonObject): Promise<unknown[]> =>
  idsOf(await orders('list', { sort: [{ field: 'total' }], ...more }));

describe('operations', () => {
  it('lists, with filters, sort, projection and size', async () => {
    expect(await orders('list', { filter: { region: 'eu' }, projection: ['total', 'region'] })).toEqual({
      items: [
        { region: 'eu', total: 21 },
        { region: 'eu', total: 42 },
      ],
      page: { size: 100, next: null },
    });
    expect(await ids({ filter: { total: { gt: 21, lte: 52.5 } } })).toEqual([3, 4, 5]);
    expect(await ids({ filter: { total: { gte: 21, lt: 42, ne: 31.5 } } })).toEqual([2]);
    expect(await ids({ filter: { _id: { in: [1, 5, 9] }, region: { eq: 'us' } } })).toEqual([1, 5]);
    expect(await ids({ filter: { total: { in: [] } } })).toEqual([]);
    expect(await ids({ filter: { _id: { ne: 3 } } })).toEqual([1, 2, 4, 5]);
    expect(await ids({ filter: { _id: 3 } })).toEqual([3]);
    expect(await ids({ filter: { note: { like: 'n_' } } })).toEqual([1, 2, 4, 5]);
    expect(await ids({ filter: { note: { like: '%2' } } })).toEqual([2]);
    expect(await ids({ filter: { note: { like: '.*' } } })).toEqual([]);
    expect(await ids({ filter: { note: null } })).toEqual([3]);
    expect(await ids({ filter: { absent: null } })).toEqual([1, 2, 3, 4, 5]);
    expect(await ids({ filter: { note: { ne: null } } })).toEqual([1, 2, 4, 5]);
    expect(await ids({ filter: { note: { in: ['n1', null] } } })).toEqual([1, 3]);
    expect(await ids({ sort: [{ field: 'region', direction: 'desc' }, { field: 'total' }] })).toEqual([1, 3, 5, 2, 4]);
  });

  it.each([
    [undefined, [1, 2, 3, 4, 5]],
    [[{ field: 'total', direction: 'desc' }], [5, 4, 3, 2, 1]],
    [[{ field: 'region' }], [2, 4, 1, 3, 5]],
  ])('pages by %j, each document once', async (sort, expected) => {
    const seen: unknown[] = [];
    let next: string | null = null;
    do {
      const page: JsonObject = next === null ? { size: 2 } : { size: 2, next };
      const result = await orders('list', { page, ...(sort === undefined ? {} : { sort }) });
      seen.push(...idsOf(result));
      next = (result['page'] as { next: string | null }).next;
    } while (next !== null);
    expect(seen).toEqual(expected);
  });

  it('pages on behind the last id when documents come and go, ids of all kinds among them', async () => {
    const plain = { tenantId: 't1', workspaceId: 'w1' };
    const stored = [7, 'a text', new ObjectId('0123456789abcdef01234567')];
    await documents.db.collection('many').insertMany(stored.map((_id) => ({ _id: _id as never, ...plain })));
    const many = (input: JsonObject) => documents.query({ collectionName: 'many', ...input });
    for (const id of ['b', 'c']) await many({ operation: 'insert', documentId: id, values: {} });
    const seen: unknown[] = [];
    let next: string | null = null;
    do {
      const result = await many({ operation: 'list', page: next === null ? { size: 1 } : { size: 1, next } });
      const [id] = idsOf(result);
      seen.push(id);
      next = (result['page'] as { next: string | null }).next;
      expect(await many({ operation: 'delete', documentId: id as string })).toEqual({ count: 1 });
    } while (next !== null);
    expect(seen).toEqual([7, 'a text', 'b', 'c', '0123456789abcdef01234567']);
  });

  it('gets, inserts, updates, replaces and deletes documents', async () => {
    expect(await orders('get', { documentId: 2, projection: ['region'] })).toEqual({ item: { region: 'eu' } });
    expect(await orders('get', { rowId: 2 })).toEqual({
      item: { _id: 2, tenantId: 't1', workspaceId: 'w1', region: 'eu', total: 21, note: 'n2' },
    });
    expect(await orders('get', { documentId: '2' })).toEqual({ item: null });
    const last = { filter: { region: 'us' }, sort: [{ field: 'total', direction: 'desc' }] };
    expect(await orders('get', last)).toMatchObject({ item: { _id: 5 } });
    const values = { _id: 'x/y "z"', tags: ['a', { b: [1, null] }], deep: { constructor: { prototype: 1 } } };
    const item = { ...values, tenantId: 't1', workspaceId: 'w1' };
    expect(await orders('insert', { values })).toEqual({ item });
    expect(await orders('get', { documentId: values._id })).toEqual({ item });
    expect(await orders('update', { documentId: values._id, values: { tags: [], tenantId: 't1' } })).toEqual({
      count: 1,
    });
    expect(await orders('get', { documentId: values._id })).toEqual({ item: { ...item, tags: [] } });
    const replaced = { documentId: values._id, payload: { _id: values._id, only: 1, workspaceId: 'w1' } };
    expect(await orders('replace', replaced)).toEqual({ count: 1 });
    expect(await orders('get', { documentId: values._id })).toEqual({
      item: { _id: values._id, tenantId: 't1', workspaceId: 'w1', only: 1 },
    });
    expect(await orders('replace', { documentId: 'nobody', values: {} })).toEqual({ count: 0 });
    expect(await orders('delete', { filter: { only: { gte: 1 } } })).toEqual({ count: 1 });
    const { item: made } = await orders('insert', { values: { total: -1 } });
    const id = (made as JsonObject)['_id'] as string;
    expect(id).toMatch(/^[0-9a-f]{24}$/);
    expect(await orders('delete', { documentId: id })).toEqual({ count: 1 });
  });

  it('reads every kind of value as JSON', async () => {
    await documents.db.collection('kinds').insertOne({
      ...{ _id: 'k' as never, tenantId: 't1', workspaceId: 'w1', long: Long.fromString('9007199254740993') },
      ...{
        small: Long.fromNumber(5),
        at: new Date('2026-11-30T09:00:00.5Z'),
        bytes: new Binary(Buffer.from('AP+A', 'base64')),
      },
      ...{ id: new ObjectId('0123456789abcdef01234567'), double: 0.1, big: 2 ** 40, list: [new Date(0)], flag: true },
    });
    const { item } = await documents.query({ operation: 'get', collectionName: 'kinds', documentId: 'k' });
    expect(item).toEqual({
      ...{ _id: 'k', tenantId: 't1', workspaceId: 'w1', long: '9007199254740993', small: 5, flag: true },
      ...{ at: '2026-11-30T09:00:00.500Z', bytes: 'AP+A', id: '0123456789abcdef01234567', double: 0.1 },
      ...{ big: 2 ** 40, list: ['1970-01-01T00:00:00.000Z'] },
    });
  });
});

describe('errors', () => {
  const deep = Array.from({ length: 90 }).reduce<JsonObject>((inner) => ({ a: inner }), {});
  it.each<[string, JsonObject]>([
    ['SCHEMA_ERROR', { operation: 'drop' }],
    ['SCHEMA_ERROR', { operation: 'list', collectionName: 'no_such' }],
    ['SCHEMA_ERROR', { operation: 'insert', collectionName: 'no_such', values: {} }],
    ['SCHEMA_ERROR', { operation: 'list', collectionName: 'or$ders' }],
    ['SCHEMA_ERROR', { operation: 'list', collectionName: 'x'.repeat(200) }],
    ['SCHEMA_ERROR', { operation: 'list', databaseName: 'admin' }],
    ['FORBIDDEN', { operation: 'list', collectionName: 'system.users' }],
    ['FORBIDDEN', { operation: 'list', collectionName: 'system.views' }],
    ['FORBIDDEN', { operation: 'insert', values: { tenantId: 't2' } }],
    ['FORBIDDEN', { operation: 'insert', values: { workspaceId: ['w1'] } }],
    ['FORBIDDEN', { operation: 'update', documentId: 1, values: { tenantId: 't2' } }],
    ['FORBIDDEN', { operation: 'update', documentId: 1, values: { workspaceId: null } }],
    ['FORBIDDEN', { operation: 'replace', documentId: 1, values: { tenantId: { ne: 1 }, workspaceId: 'w2' } }],
    ['VALIDATION_ERROR', { operation: 'replace', documentId: 1, values: { tenantId: { $ne: 1 } } }],
    ['CONFLICT', { operation: 'insert', values: { _id: 1 } }],
    ['VALIDATION_ERROR', { operation: 'list', collectionName: '' }],
    ['VALIDATION_ERROR', { operation: 'get' }],
    ['VALIDATION_ERROR', { operation: 'update', values: { note: 'x' } }],
    ['VALIDATION_ERROR', { operation: 'update', documentId: 1, values: {} }],
    ['VALIDATION_ERROR', { operation: 'update', documentId: 1, values: { tenantId: 't1' } }],
    ['VALIDATION_ERROR', { operation: 'update', documentId: 1, values: { _id: 2 } }],
    ['VALIDATION_ERROR', { operation: 'replace', values: { note: 'x' } }],
    ['VALIDATION_ERROR', { operation: 'replace', documentId: 1, values: { _id: 2 } }],
    ['VALIDATION_ERROR', { operation: 'delete', filter: {} }],
    ['VALIDATION_ERROR', { operation: 'delete', filter: { note: {} } }],
    ['VALIDATION_ERROR', { operation: 'insert' }],
    ['VALIDATION_ERROR', { operation: 'insert', values: { _id: {} } }],
    ['VALIDATION_ERROR', { operation: 'insert', documentId: 'a', values: { _id: 'b' } }],
    ['VALIDATION_ERROR', { operation: 'insert', values: deep }],
    ['VALIDATION_ERROR', { operation: 'list', projection: [] }],
    ['VALIDATION_ERROR', { operation: 'list', filter: { note: { like: 5 } } }],
    ['VALIDATION_ERROR', { operation: 'list', filter: { note: { gt: null } } }],
    ['VALIDATION_ERROR', { operation: 'list', filter: { note: { in: 5 } } }],
    ['VALIDATION_ERROR', { operation: 'list', filter: { _id: { gt: 5 } } }],
    ['VALIDATION_ERROR', { operation: 'list', page: { next: 'nonsense' } }],
    ['VALIDATION_ERROR', { operation: 'list', page: { next: Buffer.from('{"order":"[]"}').toString('base64url') } }],
  ])('%s for %j', async (code, input) => {
    expect(await failure(input)).toMatchObject({ code, retryable: false });
  });

  it('tell that more was found than a task may return', async () => {
    const body = 'x'.repeat(60_000);
    for (const id of [1, 2, 3, 4]) {
      await documents.query({ operation: 'insert', collectionName: 'large', values: { _id: id, body } });
    }
    const input = { operation: 'list', collectionName: 'large' };
    expect(await failure(input)).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', retryable: false });
    expect(idsOf(await documents.query({ ...input, page: { size: 3 } }))).toHaveLength(3);
    expect(idsOf(await documents.query({ ...input, projection: ['_id'] }))).toHaveLength(4);
  });
});

describe('nothing an author writes is an operator', () => {
  const attacks = ['$where', '$expr', '$or', 'a.b', 'tenantId.$ne', '', 'a\0b', '__proto__', '_bsontype', '$[]'];
  it.each(attacks)('%j', async (attack) => {
    const named = Object.fromEntries([[attack, 1]]);
    const attempts: JsonObject[] = [
      { operation: 'list', filter: named },
      { operation: 'list', filter: { note: named } },
      { operation: 'list', filter: { note: { eq: named } } },
      { operation: 'list', filter: { note: { in: [[named]] } } },
      { operation: 'list', projection: [attack] },
      { operation: 'list', sort: [{ field: attack }] },
      { operation: 'insert', values: named },
      { operation: 'insert', values: { deep: [{ er: named }] } },
      { operation: 'update', documentId: 1, values: named },
      { operation: 'replace', documentId: 1, values: { deep: named } },
    ];
    for (const input of attempts) {
      expect(await failure(input)).toMatchObject({ code: 'VALIDATION_ERROR', retryable: false });
    }
    // Names that are given as values are values.
    const value = attack === 'a\0b' ? 'ab' : attack;
    await orders('insert', { values: { _id: 'attack', note: value } });
    expect(await orders('list', { filter: { note: { eq: value } }, projection: ['_id'] })).toMatchObject({
      items: [{ _id: 'attack' }],
    });
    expect(await orders('delete', { documentId: 'attack' })).toEqual({ count: 1 });
    expect(await ids({})).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('tenants and workspaces', () => {
  it('see and change their own documents only, whatever the filter says', async () => {
    for (const tenant of [theirs, elsewhere]) {
      const filter = { tenantId: 't1', workspaceId: 'w1' };
      expect(await orders('list', { filter }, tenant)).toMatchObject({ items: [] });
      expect(await orders('update', { filter, values: { note: 'taken' } }, tenant)).toEqual({ count: 0 });
      expect(await orders('delete', { filter }, tenant)).toEqual({ count: 0 });
    }
    expect(await ids({ filter: { note: 'taken' } })).toEqual([]);
    expect(await ids({})).toEqual([1, 2, 3, 4, 5]);
  });

  it('use the same id for documents of their own', async () => {
    for (const [index, tenant] of [mine, theirs, elsewhere].entries()) {
      await documents.query(
        { operation: 'insert', collectionName: 'ids', documentId: 'same', values: { index } },
        tenant,
      );
    }
    for (const [index, tenant] of [mine, theirs, elsewhere].entries()) {
      const input = { operation: 'get', collectionName: 'ids', documentId: 'same' };
      expect(await documents.query(input, tenant)).toMatchObject({ item: { _id: 'same', index } });
    }
    // What another tenant's document is stored under is no way to it.
    const stored = { operation: 'get', collectionName: 'ids', documentId: 't2/w1/"same"' };
    expect(await documents.query(stored)).toEqual({ item: null });
  });

  it('find what other programs stored for them', async () => {
    const _id = new ObjectId();
    const insert = (id: unknown, owner: object) =>
      documents.db.collection('foreign').insertOne({ _id: id as never, ...owner, note: 'made elsewhere' });
    await insert(_id, { tenantId: 't1', workspaceId: 'w1' });
    await insert('plain', { tenantId: 't1', workspaceId: 'w1' });
    await insert('nobodys', {});
    const get = (documentId: string, tenant = mine) =>
      documents.query({ operation: 'get', collectionName: 'foreign', documentId }, tenant);
    expect(await get(_id.toHexString())).toMatchObject({ item: { _id: _id.toHexString(), note: 'made elsewhere' } });
    expect(await get('plain')).toMatchObject({ item: { _id: 'plain' } });
    expect(await get('nobodys')).toEqual({ item: null });
    expect(await get('plain', theirs)).toEqual({ item: null });
  });
});

describe('a database that is silent or away', () => {
  let proxy: HoldingProxy;
  let behind: TestDocuments;
  let impatient: TestDocuments;
  const touch = (signal?: AbortSignal, asked = behind) =>
    asked.query(
      { operation: 'update', collectionName: 'orders', documentId: 1, values: { touched: 1 } },
      mine,
      signal === undefined ? {} : { signal },
    );
  beforeAll(async () => {
    proxy = await openHoldingProxy(server.port);
    const where = { url: `mongodb://127.0.0.1:${proxy.port}/`, database: 'data', collections: [] };
    behind = await openTestDocuments(where);
    impatient = await openTestDocuments({ ...where, timeoutMs: 500 });
    await touch();
  });
  afterAll(async () => {
    proxy?.release();
    await behind?.close();
    await impatient?.close();
    proxy?.close();
  });

  it('does not keep a call that was given up: its connection is cut', async () => {
    const ended = new AbortController();
    proxy.hold();
    const open = proxy.accepted();
    const given = touch(ended.signal).then(
      () => 'done',
      () => 'given up',
    );
    await until('the database has answered', () => proxy.heldBytes() > 0, WAIT_MS);
    ended.abort();
    expect(await given).toBe('given up');
    proxy.release();
    expect(await touch()).toEqual({ count: 1 });
    expect(proxy.accepted()).toBeGreaterThan(open); // the next call has another connection
    await expect(touch(AbortSignal.abort())).rejects.toThrow();
  });

  it('fails with TIMEOUT when it takes too long, and may be tried again', async () => {
    const again = () => until('an answer in time', () => touch(undefined, impatient).catch(() => undefined), WAIT_MS);
    expect(await again()).toEqual({ count: 1 });
    proxy.hold();
    expect(await taskErrorOf(touch(undefined, impatient))).toMatchObject({ code: 'TIMEOUT', retryable: true });
    proxy.release();
    expect(await again()).toEqual({ count: 1 });
  });

  it('fails with UPSTREAM_UNAVAILABLE while it is down, and serves again when it is back', async () => {
    await server.stop();
    const error = await failure({ operation: 'list' });
    expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    expect(error.message).not.toContain('127.0.0.1');
    await server.start();
    expect(await ids({})).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('a connection', () => {
  const openWith = (endpoint: Partial<ConnectionEndpoints['mongo']>, allowedHosts: readonly string[]) => {
    const connections = ((kind: string, name: string) =>
      Promise.resolve({
        ...{ kind, name, version: '1', secret: {} },
        endpoint: { host: 'documents.example.test', port: server.port, database: 'data', tls: false, ...endpoint },
      })) as unknown as ResolveConnection;
    return openTestDocuments({ url: server.url, database: 'data', collections: [], connections, allowedHosts });
  };

  it('leads to its own server, where filters are forced all the same', async () => {
    const opened = await openWith({}, [`documents.example.test:${server.port}`]);
    const input = { operation: 'list', collectionName: 'orders', connection: 'crm', sort: [{ field: 'total' }] };
    expect(idsOf(await opened.query(input))).toEqual([1, 2, 3, 4, 5]);
    expect(idsOf(await opened.query(input, signedTenant('t3', 'w1')))).toEqual([]);
    await opened.close();
  });

  it('that leads to a server which sends without end does not fill the memory', async () => {
    const endless = await openEndlessDatabase();
    const { port } = endless;
    const opened = await openWith({ port }, [`documents.example.test:${port}`]);
    const input = { operation: 'list', collectionName: 'orders', connection: 'crm' };
    expect(await taskErrorOf(opened.query(input))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    expect(endless.sentToEach()).toBeLessThan(100_000_000);
    await opened.close();
    endless.close();
  });

  it('that leads inward is refused, and no socket is opened', async () => {
    const listener = await openCountingListener();
    for (const host of ['127.0.0.1', '2130706433', 'documents.example.test', '[::ffff:127.0.0.1]', 'localhost']) {
      const opened = await openWith({ host, port: listener.port }, []);
      const input = { operation: 'list', collectionName: 'orders', connection: 'crm' };
      expect(await taskErrorOf(opened.query(input))).toMatchObject({ code: 'SSRF_BLOCKED', retryable: false });
      await opened.close();
    }
    expect(listener.connections()).toBe(0);
    listener.close();
  });
});
