import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ConnectionKind, JsonObject } from '@flowplane/contracts';
import { Binary, MongoRuntimeError } from 'mongodb';
import { afterAll, describe, expect, it } from 'vitest';
import { attemptOf, openCountingListener, signedTenant, taskErrorOf } from '../../../../test/tasks/attempts.js';
import { openDatabaseProcesses, PUBLIC_ADDRESS, reachingLoopback } from '../../../../test/tasks/database-processes.js';
import {
  bombMessage,
  endlessly,
  HELLO,
  mongoServer,
  openHostileDatabase,
  withDocuments,
  type HostileDatabase,
} from '../../../../test/tasks/hostile-databases.js';
import type { ResolveConnection } from '../../connections/resolve-connection.js';
import { finalError, type TaskError } from '../../task-error.js';
import type { TaskAttempt } from '../../task-handler.js';
import { makeDbQuery } from '../db-query.js';
import { makeDocuments } from '../mongo/documents.js';
import { readDocumentQuery } from '../mongo/document-query.js';
import { makeTables } from '../postgres/tables.js';
import { asDocumentError } from '../mongo/mongo-fault.js';
import { asQueryError } from '../postgres/postgres-fault.js';
import { answerTo } from './child/serve-calls.js';
import type { DatabaseCall } from './database-call.js';
import type { DatabaseProcessesOptions } from './database-processes.js';

/** Longest wait for what a machine under load does late. */
const WAIT_MS = 120_000;
/** Of a whole test: it may wait several times. */
const TEST_MS = 300_000;

const cleanUp: (() => unknown)[] = [];
afterAll(async () => {
  for (const one of cleanUp.splice(0).toReversed()) await one();
});

async function serve(behave: (socket: Socket, first: Buffer) => void): Promise<HostileDatabase> {
  const server = await openHostileDatabase(behave);
  cleanUp.push(server.close);
  return server;
}

/** A worker that knows one connection of every name: its server is public, as far as the worker can tell. */
function openWorker(port: number, over: Partial<DatabaseProcessesOptions> = {}, timeoutMs = WAIT_MS) {
  const processes = openDatabaseProcesses(over);
  const connections = ((kind: ConnectionKind, name: string, { tenant }: TaskAttempt) => {
    const ofMongo = tenant.tenantId === 'hostile' ? { username: 'someone', password: 'a password' } : {};
    const credentials = kind === 'postgres' ? { user: 'someone', password: 'a password' } : ofMongo;
    const endpoint = { host: 'data.example', port, database: 'data', tls: kind === 'postgres' ? 'disable' : false };
    return Promise.resolve({ kind, name, version: '1', endpoint, secret: credentials });
  }) as unknown as ResolveConnection;
  const parts = {
    ...{
      maxOutputBytes: 2_097_152,
      connections,
      processes: reachingLoopback(processes),
      allowedHosts: new Set<string>(),
    },
    resolve: () => Promise.resolve([{ address: PUBLIC_ADDRESS, family: 4 }]),
  };
  const tables = makeTables({
    ...parts,
    config: {
      ...{ dataPostgresUrl: undefined, dataSharedTables: [] },
      dataPostgresConnections: 1,
      dataPostgresTimeoutMs: timeoutMs,
    },
    logger: { warn: () => undefined },
  });
  const documents = makeDocuments({
    ...parts,
    config: { dataMongoUrl: undefined, dataMongoConnections: 1, dataMongoTimeoutMs: timeoutMs },
  });
  const run = makeDbQuery(tables.query, documents.query);
  cleanUp.push(() => processes.close());
  return {
    processes,
    ask: (engine: string, tenantId = 't1', signal = new AbortController().signal): Promise<JsonObject> => {
      const named = engine === 'mongo' ? { collectionName: 'docs' } : { tableName: 'docs' };
      const input = { engine, operation: 'list', connection: 'crm', ...named };
      return run(input, attemptOf(signedTenant(tenantId, 'w1'), { signal }));
    },
  };
}

const letters = (text: string, ...numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(text.length + 4 * numbers.length);
  bytes.write(text, 'latin1');
  for (const [index, number] of numbers.entries()) bytes.writeInt32BE(number, text.length + 4 * index);
  return bytes;
};
/** How a server of MongoDB begins its side of a login: the client is to repeat a hash that often. */
const loginOf = (iterations: number) => ({
  ...{ ok: 1, conversationId: 1, done: false },
  payload: new Binary(Buffer.from(`r=n0nce,s=${Buffer.from('salt').toString('base64')},i=${iterations}`)),
});

describe('a server that means harm ends its own attempt, and no process is left', () => {
  it.concurrent.for<[string, string, (socket: Socket) => void]>([
    ['closes', 'postgres', (socket) => socket.destroy()],
    ['sends anything', 'postgres', (socket) => socket.end(randomBytes(100_000))],
    // The driver throws at this in a handler of the socket.
    ['asks for a login nobody knows', 'postgres', (socket) => socket.write(letters('R', 8, 99))],
    ['never lets anybody in', 'postgres', () => undefined],
    ['sends a message without an end', 'postgres', endlessly(letters('R', 0x7f_ff_ff_ff))],
    ['closes', 'mongo', (socket) => socket.destroy()],
    ['never says who it is', 'mongo', () => undefined],
    ['sends a message of no bytes', 'mongo', (socket) => socket.write(Buffer.alloc(64))],
    ['sends a message that becomes gigabytes', 'mongo', (socket) => socket.write(bombMessage())],
  ])('%s (%s)', { timeout: TEST_MS }, async ([_what, engine, behave], { expect }) => {
    const server = await serve(behave);
    const { ask, processes } = openWorker(server.port);
    const error = await taskErrorOf(ask(engine));
    expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    expect(error.message).not.toMatch(/a password|data\.example|127\.0\.0\.1/);
    expect(server.accepted()).toBeGreaterThan(0);
    await expect.poll(processes.size, { timeout: WAIT_MS }).toBe(0);
  });

  it('never answers a query', { timeout: TEST_MS }, async () => {
    const server = await serve(mongoServer((command) => (command === 'listCollections' ? undefined : HELLO)));
    // The driver would give up after 2 s more than the time of an operation; it does not get as far.
    const { ask, processes } = openWorker(server.port, { graceMs: 1000 }, 500);
    expect(await taskErrorOf(ask('mongo'))).toMatchObject({ code: 'TIMEOUT', retryable: true });
    await expect.poll(processes.size, { timeout: WAIT_MS }).toBe(0);
  });

  // The driver rejects a promise here that nobody waits for.
  it('names hosts that are none', { timeout: TEST_MS }, async () => {
    const server = await serve(mongoServer(withDocuments([], { ...HELLO, hosts: 1 })));
    const { ask, processes } = openWorker(server.port);
    const outcome = await ask('mongo').catch((error: TaskError) => error.code);
    expect(['UPSTREAM_UNAVAILABLE', 'UPSTREAM_ERROR', 'VALIDATION_ERROR']).toContain(outcome);
    await processes.close();
    expect(processes.size()).toBe(0);
  });

  it('names other hosts, which nobody contacts', { timeout: TEST_MS }, async () => {
    const other = await openCountingListener();
    cleanUp.push(other.close);
    const hosts = [`127.0.0.1:${other.port}`];
    const member = { ...HELLO, setName: 'rs', hosts, primary: hosts[0], me: hosts[0] };
    const server = await serve(mongoServer(withDocuments([{ _id: 1 }], member)));
    expect(await openWorker(server.port).ask('mongo')).toMatchObject({ result: { items: [{ _id: 1 }] } });
    expect(other.connections()).toBe(0);
  });

  it('sends more than an output may have', { timeout: TEST_MS }, async () => {
    const large = Array.from({ length: 90 }, (_, index) => ({ _id: index, text: 'x'.repeat(60_000) }));
    const server = await serve(mongoServer(withDocuments(large)));
    const error = await taskErrorOf(openWorker(server.port).ask('mongo'));
    expect(error).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', retryable: false });
  });

  it('says something in its error, which nobody passes on', { timeout: TEST_MS }, async () => {
    const server = await serve(
      mongoServer((command) => (command === 'listCollections' ? { ok: 0, code: 8, errmsg: 'says the server' } : HELLO)),
    );
    const error = await taskErrorOf(openWorker(server.port).ask('mongo'));
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false });
    expect(error.message).not.toContain('says the server');
  });
});

describe('faults of a driver', () => {
  const call = (thrown: unknown, secret: object = { user: 'someone', password: 'a password' }) =>
    answerTo({ run: () => Promise.reject(thrown as Error), close: () => Promise.resolve() }, {
      server: { secret, maxOutputBytes: 1000 },
    } as unknown as DatabaseCall).then((text) => JSON.parse(text) as object);

  it('show no password, whatever the server calls a constraint', async () => {
    const answer = await call(finalError('CONFLICT', 'The row breaks the constraint a password.'));
    expect(answer).toMatchObject({ code: 'CONFLICT', message: 'The row breaks the constraint ***.' });
  });

  it('that fit nothing are the server’s: final, and without its text', async () => {
    for (const thrown of [new Error('says the server'), asDocumentError(new MongoRuntimeError('says the server'))]) {
      const answer = await call(thrown);
      expect(answer).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false });
      expect(JSON.stringify(answer)).not.toContain('says the server');
    }
    const noTls = asQueryError(new Error('There was an error establishing an SSL connection'), false, false);
    expect(noTls).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
  });
});

describe('while a driver computes without end', () => {
  /** Has the driver compute for hours whatever connects with a password; it waits for that no longer than 5 s. */
  const openBusyServer = async () => {
    let computing = 0;
    const served = withDocuments([{ _id: 7 }]);
    const server = await serve(
      mongoServer((command) => {
        if (command !== 'saslStart') return served(command);
        computing += 1;
        return loginOf(2 ** 31 - 1);
      }),
    );
    return { server, computing: () => computing };
  };

  it('queries of others are answered, and its own attempt can be given up', { timeout: TEST_MS }, async () => {
    const { server, computing } = await openBusyServer();
    const { ask, processes } = openWorker(server.port);
    const ended = new AbortController();
    const stuck = ask('mongo', 'hostile', ended.signal).then(
      () => 'answered',
      () => 'given up',
    );
    await expect.poll(computing, { timeout: WAIT_MS }).toBeGreaterThan(0);
    expect(await ask('mongo', 'another')).toMatchObject({ result: { items: [{ _id: 7 }] } });
    ended.abort();
    expect(await stuck).toBe('given up');
    await expect.poll(processes.size, { timeout: WAIT_MS }).toBe(1);
    expect(await ask('mongo', 'another')).toMatchObject({ result: { items: [{ _id: 7 }] } });
  });

  it('a worker that is killed takes its processes with it', { timeout: TEST_MS }, async () => {
    const { server, computing } = await openBusyServer();
    const dist = new URL('../../../../dist/tasks/db-query/processes/database-processes.js', import.meta.url);
    const call = {
      key: { tenantId: 't1', workspaceId: 'w1', name: 'crm', version: '1' },
      server: {
        ...{ engine: 'mongo', endpoint: { host: '127.0.0.1', port: server.port, database: 'data', tls: false } },
        ...{
          secret: { username: 'someone', password: 'a password' },
          addresses: [{ address: '127.0.0.1', family: 4 }],
          timeoutMs: WAIT_MS,
          maxOutputBytes: 1000,
        },
      },
      query: readDocumentQuery('list', { collectionName: 'docs' }),
    };
    const script = `
      const { makeDatabaseProcesses } = await import(${JSON.stringify(dist.href)});
      const { server, ...call } = ${JSON.stringify(call)};
      const signal = new AbortController().signal;
      await makeDatabaseProcesses({ maxProcesses: 1, maxOutputBytes: 1000 }).run({ ...call, signal, open: async () => server });`;
    const worker = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' });
    await expect.poll(computing, { timeout: WAIT_MS }).toBeGreaterThan(0);
    worker.kill('SIGKILL');
    await expect.poll(server.open, { timeout: WAIT_MS }).toBe(0);
  });
});
