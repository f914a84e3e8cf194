import type { Logger } from '@flowplane/plumbing/logging';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { taskErrorOf } from '../../../../test/tasks/attempts.js';
import { openDatabaseProcesses } from '../../../../test/tasks/database-processes.js';
import type { TableQuery } from '../table-query.js';
import type { ConnectionKey, DatabaseProcesses, DatabaseProcessesOptions } from './database-processes.js';

/** Longest wait for what a machine under load does late. */
const WAIT_MS = 120_000;
/** Of a whole test: it may wait several times. */
const TEST_MS = 300_000;
/** Does what the name of the table asks for, and knows of no database. */
const FILE = new URL('../../../../test/tasks/driver-process.mjs', import.meta.url);

const opened: DatabaseProcesses[] = [];
afterAll(async () => {
  for (const one of opened) await one.close();
});

function openWith(over: Partial<DatabaseProcessesOptions> = {}) {
  const processes = openDatabaseProcesses({ file: FILE, maxOutputBytes: 100_000, graceMs: WAIT_MS, ...over });
  opened.push(processes);
  let looks = 0;
  const open = () => {
    looks += 1;
    return Promise.resolve({
      ...{ engine: 'postgres' as const, endpoint: { host: 'data.example', port: 5432, database: 'data' } },
      ...{ secret: { user: 'someone', password: 'a password' }, timeoutMs: 1000, maxOutputBytes: 100_000 },
      addresses: [{ address: '192.0.2.1', family: 4 }] as const,
    });
  };
  const run = (tableName: string, key: Partial<ConnectionKey> = {}, signal = new AbortController().signal) =>
    processes.run({
      key: { tenantId: 't1', workspaceId: 'w1', name: 'crm', version: '1', ...key },
      ...{ open, signal, query: { tableName } as TableQuery },
    });
  const pid = async (key?: Partial<ConnectionKey>) => (await run('environment', key))['pid'];
  return { processes, run, pid, looks: () => looks };
}

/** One that goes on until it is given up. */
function begin({ run, processes }: ReturnType<typeof openWith>, key: Partial<ConnectionKey> = {}) {
  const ended = new AbortController();
  const before = processes.size();
  const over = run('silence', key, ended.signal).then(
    () => 'answered',
    () => 'given up',
  );
  const isThere = () => expect.poll(processes.size, { timeout: WAIT_MS }).toBe(before + 1);
  return { over, isThere, giveUp: () => ended.abort() };
}

describe('a process for a driver', { timeout: TEST_MS }, () => {
  it('gets nothing that the worker knows', async () => {
    vi.stubEnv('FLOW_EXECUTION_TOKEN_SECRET', 'a secret');
    vi.stubEnv('NODE_EXTRA_CA_CERTS', '/nowhere/authorities.pem');
    const told = await openWith().run('environment');
    vi.unstubAllEnvs();
    expect(told['names']).toEqual(['NODE_EXTRA_CA_CERTS']);
    expect(JSON.stringify(told['arguments'])).not.toMatch(/password|data\.example/);
  });

  it.each(['end', 'nonsense', 'two lines', 'a long line', 'list'])(
    'is ended where it does not keep to what was agreed: %s',
    async (doing) => {
      const { run, processes } = openWith();
      const error = await taskErrorOf(run(doing));
      expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
      await expect.poll(processes.size, { timeout: WAIT_MS }).toBe(0);
      expect(await run('environment')).toMatchObject({ pid: expect.any(Number) });
    },
  );

  it('gives no value that is nested deeper than others may be', async () => {
    expect(await taskErrorOf(openWith().run('a deep value'))).toMatchObject({ code: 'UPSTREAM_ERROR' });
  });

  it('is ended with a call that takes too long, or is given up', async () => {
    const impatient = openWith({ graceMs: 1 });
    expect(await taskErrorOf(impatient.run('silence'))).toMatchObject({ code: 'TIMEOUT', retryable: true });
    await expect.poll(impatient.processes.size, { timeout: WAIT_MS }).toBe(0);
    const patient = openWith();
    const call = begin(patient);
    await call.isThere();
    call.giveUp();
    expect(await call.over).toBe('given up');
    await expect.poll(patient.processes.size, { timeout: WAIT_MS }).toBe(0);
  });

  it('that cannot be started fails its attempt', async () => {
    const { run, processes } = openWith({ file: new URL('nowhere.js', FILE) });
    expect(await taskErrorOf(run('environment'))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
    await expect.poll(processes.size, { timeout: WAIT_MS }).toBe(0);
  });
});

describe('processes for drivers', { timeout: TEST_MS }, () => {
  it('are used again by the same version of the same connection, and by nothing else', async () => {
    const { pid, looks } = openWith({ maxProcesses: 8 });
    const first = await pid();
    expect(await pid()).toBe(first);
    expect(looks()).toBe(1);
    const others = [{ tenantId: 't2' }, { workspaceId: 'w2' }, { name: 'erp' }, { version: '2' }];
    const pids = [];
    for (const other of others) pids.push(await pid(other));
    expect(new Set([first, ...pids]).size).toBe(5);
  });

  it('are ended when nobody has used them for a while', async () => {
    const { pid, processes } = openWith({ idleMs: 1 });
    const first = await pid();
    await expect.poll(processes.size, { timeout: WAIT_MS }).toBe(0);
    expect(await pid()).not.toBe(first);
  });

  it('make room for other connections while they are idle', async () => {
    const { pid, processes } = openWith({ maxProcesses: 2 });
    for (const name of ['a', 'b', 'c', 'd']) {
      await pid({ name });
      expect(processes.size()).toBeLessThanOrEqual(2);
    }
  });

  it('are half of one tenant, and there is one for the next, but never more than there may be', async () => {
    const opened = openWith({ maxProcesses: 2, waitMs: 1 });
    const mine = begin(opened);
    await mine.isThere();
    expect(await taskErrorOf(opened.run('environment', { name: 'erp' }))).toMatchObject({
      ...{ code: 'UPSTREAM_UNAVAILABLE', retryable: true },
    });
    const theirs = begin(opened, { tenantId: 't2' });
    await theirs.isThere();
    expect(await taskErrorOf(opened.run('environment', { tenantId: 't3' }))).toMatchObject({
      ...{ code: 'UPSTREAM_UNAVAILABLE', retryable: true },
    });
    expect(opened.processes.size()).toBe(2);
    theirs.giveUp();
    await theirs.over;
    expect(await opened.run('environment', { tenantId: 't3' })).toMatchObject({ pid: expect.any(Number) });
    mine.giveUp();
    expect(await mine.over).toBe('given up');
  });

  it('are not waited for by an attempt that is given up', async () => {
    const opened = openWith({ maxProcesses: 1 });
    const first = begin(opened);
    await first.isThere();
    const given = new AbortController();
    const waiting = opened.run('environment', { name: 'erp' }, given.signal).catch((cause: unknown) => cause);
    given.abort(new Error('given up'));
    expect(await waiting).toEqual(new Error('given up'));
    first.giveUp();
    await first.over;
  });

  it('lose no place to attempts that were given up before they asked', async () => {
    const opened = openWith({ maxProcesses: 1 });
    const given = AbortSignal.abort(new Error('given up'));
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await opened.run('environment', {}, given).catch((cause: unknown) => cause)).toEqual(
        new Error('given up'),
      );
    }
    expect(await opened.run('environment')).toMatchObject({ pid: expect.any(Number) });
  });

  it('say in the log how they ended by themselves', async () => {
    const warn = vi.fn<Logger['warn']>();
    const { run, processes } = openWith({ logger: { warn } });
    await taskErrorOf(run('end'));
    await expect.poll(processes.size, { timeout: WAIT_MS }).toBe(0);
    expect(warn.mock.calls).toEqual([
      [{ tenantId: 't1', workspaceId: 'w1', connection: 'crm', how: 'code 3' }, expect.any(String)],
    ]);
  });

  it('are ended with the worker', async () => {
    const { pid, run, processes } = openWith();
    await pid();
    await processes.close();
    expect(processes.size()).toBe(0);
    expect(await taskErrorOf(run('environment'))).toMatchObject({ retryable: true });
  });
});
