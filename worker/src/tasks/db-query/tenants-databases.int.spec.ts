import type { ConnectionEndpoints, ConnectionSecrets, JsonObject } from '@flowplane/contracts';
import { makeTestAuthority, type TestAuthority } from '@flowplane/plumbing/test/certificates';
import { startFerretDb, type FerretDb } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptOf, openCountingListener, signedTenant, taskErrorOf } from '../../../test/tasks/attempts.js';
import { openDataDatabase, type DataDatabase } from '../../../test/tasks/data-database.js';
import { openDatabaseProcesses, PUBLIC_ADDRESS, reachingLoopback } from '../../../test/tasks/database-processes.js';
import { openHoldingProxy } from '../../../test/tasks/holding-proxy.js';
import { openTestDocuments } from '../../../test/tasks/documents.js';
import { openTlsDoor, type TlsDoor } from '../../../test/tasks/tls-door.js';
import type { ResolveConnection } from '../connections/resolve-connection.js';
import { makeDbQuery } from './db-query.js';
import { makeTables } from './postgres/tables.js';

const NAME = 'data.example.test';
const UNAVAILABLE = { code: 'UPSTREAM_UNAVAILABLE', retryable: true };

let authority: TestAuthority;
let stranger: TestAuthority;
beforeAll(async () => {
  [authority, stranger] = [await makeTestAuthority('authority'), await makeTestAuthority('stranger')];
});

describe('a tenant’s own tables', () => {
  let database: DataDatabase;
  let door: TlsDoor;
  let secret: ConnectionSecrets['postgres'];
  beforeAll(async () => {
    database = await openDataDatabase(`
      CREATE TABLE plain (id int PRIMARY KEY, owner text DEFAULT current_setting('app.tenant_id') || '/' || current_setting('app.workspace_id'));
      INSERT INTO plain VALUES (1, 'made elsewhere');
      CREATE TABLE rude (id text PRIMARY KEY);
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'says the server' USING ERRCODE = NEW.id, CONSTRAINT = repeat('x', 9000), DETAIL = 'in detail';
      END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON rude FOR EACH ROW EXECUTE FUNCTION refuse();`);
    const url = new URL(database.url);
    secret = { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
    door = await openTlsDoor(Number(url.port), await authority.sign({ name: NAME, hosts: [NAME] }), 'postgres');
  });
  afterAll(async () => {
    door?.close();
    await database?.close();
  });

  type Endpoint = Partial<ConnectionEndpoints['postgres']>;
  /** One query through a connection; what it opened is closed. */
  const ask = async (
    endpoint: Endpoint,
    input: JsonObject = {},
    over: object = {},
    /** Whether the operator exempts the host from the address rules, or it is public, or neither. */
    host: 'exempt' | 'public' | 'inward' = 'exempt',
    { timeoutMs = 60_000, graceMs = 60_000 } = {},
  ): Promise<JsonObject> => {
    const url = new URL(database.url);
    const whole = { host: NAME, port: door.port, database: url.pathname.slice(1), ca: authority.cert, ...endpoint };
    const connections = ((kind: string, name: string) =>
      Promise.resolve({
        kind,
        name,
        version: '1',
        endpoint: whole,
        secret: { ...secret, ...over },
      })) as unknown as ResolveConnection;
    const processes = openDatabaseProcesses({ maxOutputBytes: 100_000, graceMs });
    const tables = makeTables({
      config: {
        ...{ dataPostgresUrl: undefined, dataSharedTables: [] },
        ...{ dataPostgresConnections: 1, dataPostgresTimeoutMs: timeoutMs },
      },
      ...{ maxOutputBytes: 100_000, connections, processes: reachingLoopback(processes) },
      allowedHosts: new Set(host === 'exempt' ? [`${whole.host}:${whole.port}`] : []),
      resolve: () => Promise.resolve([{ address: host === 'public' ? PUBLIC_ADDRESS : '127.0.0.1', family: 4 }]),
      logger: { warn: () => undefined },
    });
    try {
      const query = { engine: 'postgres', connection: 'crm', operation: 'list', tableName: 'plain', ...input };
      const { result } = await makeDbQuery(tables.query)(query, attemptOf(signedTenant('t1', 'w1')));
      return result as JsonObject;
    } finally {
      await tables.close();
      await processes.close();
    }
  };

  it('are asked with TLS under the name of the connection, without row policies, with the scope set', async () => {
    expect(await ask({})).toMatchObject({ items: [{ id: 1, owner: 'made elsewhere' }] });
    expect(door.names()).toEqual([NAME]);
    const inserted = await ask({}, { operation: 'insert', values: { id: 2 } });
    expect(inserted).toEqual({ item: { id: 2, owner: 't1/w1' } });
    const system = ask({}, { schemaName: 'pg_catalog', tableName: 'pg_authid' });
    expect(await taskErrorOf(system)).toMatchObject({ code: 'FORBIDDEN', retryable: false });
  });

  it('are asked where the host is public, whether or not the operator lists it', async () => {
    expect(await ask({}, {}, {}, 'public')).toMatchObject({ items: [{ id: 1, owner: 'made elsewhere' }, { id: 2 }] });
  });

  it('are asked in plaintext where the connection says so', async () => {
    const port = Number(new URL(database.url).port);
    expect(await ask({ port, tls: 'disable' }, { filter: { id: 1 } })).toMatchObject({ items: [{ id: 1 }] });
  });

  it.each<[string, () => Endpoint]>([
    ['another authority has signed', () => ({ ca: stranger.cert })],
    ['nobody known has signed', () => ({ ca: undefined as never })],
    ['is for another name', () => ({ host: 'other.example.test' })],
  ])('are not asked when the certificate %s', async (_what, endpoint) => {
    const error = await taskErrorOf(ask(endpoint()));
    expect(error).toMatchObject(UNAVAILABLE);
    expect(error.message).not.toContain(secret.password);
  });

  it('are not asked in plaintext where the server has no TLS', async () => {
    const error = await taskErrorOf(ask({ port: Number(new URL(database.url).port) }));
    expect(error).toMatchObject(UNAVAILABLE);
  });

  it.each([
    ['23505', 'CONFLICT', `The row breaks the constraint ${'x'.repeat(63)}.`],
    ['22000', 'VALIDATION_ERROR', `The database refuses a value (${'x'.repeat(63)}).`],
    ['P0001', 'UPSTREAM_ERROR', 'The database failed (P0001).'],
  ])('fail as SQLSTATE %s says, in our words', async (id, code, message) => {
    const failing = ask({}, { operation: 'insert', tableName: 'rude', values: { id } });
    expect(await taskErrorOf(failing)).toMatchObject({ code, message, retryable: false });
  });

  it('do not keep an attempt whose end they do not confirm: the process is ended', async () => {
    const proxy = await openHoldingProxy(Number(new URL(database.url).port), (data) => {
      if (data.includes('COMMIT')) proxy.hold();
    });
    const impatient = { timeoutMs: 2000, graceMs: 1 };
    const input = { operation: 'insert', values: { id: 3 } };
    const kept = ask({ port: proxy.port, tls: 'disable' }, input, {}, 'public', impatient);
    expect(await taskErrorOf(kept)).toMatchObject({ code: 'TIMEOUT', retryable: true });
    proxy.close();
  });

  it('are not shown to a user whom they do not let in', async () => {
    const error = await taskErrorOf(ask({}, {}, { password: 'a wrong one' }));
    expect(error).toMatchObject({ code: 'FORBIDDEN', retryable: false });
    expect(error.message).not.toMatch(/a wrong one|postgres/);
  });

  it('are not asked where the connection leads inward, and no socket is opened', async () => {
    const listener = await openCountingListener();
    for (const host of ['127.0.0.1', '2130706433', NAME, '[::ffff:127.0.0.1]', 'localhost', '/tmp']) {
      const error = await taskErrorOf(ask({ host, port: listener.port }, {}, {}, 'inward'));
      expect(error).toMatchObject({ code: 'SSRF_BLOCKED', retryable: false });
    }
    expect(listener.connections()).toBe(0);
    listener.close();
  });
});

describe('a tenant’s own documents', () => {
  let server: FerretDb;
  let door: TlsDoor;
  beforeAll(async () => {
    server = await startFerretDb();
    door = await openTlsDoor(
      ...([server.port, await authority.sign({ name: NAME, hosts: [NAME] }), 'tls from the first byte'] as const),
    );
  });
  afterAll(async () => {
    door?.close();
    await server?.close();
  });

  const ask = async (
    endpoint: Partial<ConnectionEndpoints['mongo']>,
    host: 'exempt' | 'public' = 'exempt',
  ): Promise<JsonObject> => {
    const whole = { host: NAME, port: door.port, database: 'data', ca: authority.cert, ...endpoint };
    const connections = ((kind: string, name: string) =>
      Promise.resolve({ kind, name, version: '1', endpoint: whole, secret: {} })) as unknown as ResolveConnection;
    const opened = await openTestDocuments({
      ...{ url: server.url, database: 'data', collections: [], connections },
      ...(host === 'public' ? { isPublic: true } : { allowedHosts: [`${whole.host}:${whole.port}`] }),
    });
    try {
      await opened.db.createCollection('docs').catch(() => undefined); // it is there from the second time on
      return await opened.query({ operation: 'list', collectionName: 'docs', connection: 'crm' });
    } finally {
      await opened.close();
    }
  };

  it('are asked with TLS under the name of the connection', async () => {
    expect(await ask({})).toMatchObject({ items: [] });
    expect(new Set(door.names())).toEqual(new Set([NAME]));
  });

  it('are asked where the host is public, whether or not the operator lists it', async () => {
    expect(await ask({}, 'public')).toMatchObject({ items: [] });
  });

  it.each<[string, () => Partial<ConnectionEndpoints['mongo']>]>([
    ['another authority has signed', () => ({ ca: stranger.cert })],
    ['is for another name', () => ({ host: 'other.example.test' })],
  ])('are not asked when the certificate %s', async (_what, endpoint) => {
    expect(await taskErrorOf(ask(endpoint()))).toMatchObject(UNAVAILABLE);
  });
});
