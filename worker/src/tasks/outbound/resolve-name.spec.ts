import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNameServer, type NameServer } from '../../../test/tasks/name-server.js';
import type { Resolve } from './checked-target.js';
import { makeResolve } from './resolve-name.js';

let server: NameServer;
let directory: string;
let resolve: Resolve;
let files: { readonly servers: readonly string[]; readonly hostsFile: string; readonly resolvConf: string };
beforeAll(async () => {
  server = await openNameServer({
    'one.test': ['192.0.2.1', '192.0.2.2'],
    'short.search.test': ['192.0.2.3'],
    'empty.test': [],
  });
  directory = await mkdtemp(join(tmpdir(), 'names-'));
  files = {
    servers: [server.address],
    hostsFile: join(directory, 'hosts'),
    resolvConf: join(directory, 'resolv.conf'),
  };
  await writeFile(files.hostsFile, '10.0.0.7 billing\n::1 billing\n');
  await writeFile(files.resolvConf, 'search search.test\n');
  resolve = makeResolve({ ...files, timeoutMs: 60_000 });
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

const v4 = (...addresses: string[]) => addresses.map((address) => ({ address, family: 4 }));

describe('addresses of a name', () => {
  it('are those of its server, all of them', async () => {
    expect(await resolve('one.test')).toEqual(v4('192.0.2.1', '192.0.2.2'));
    expect(server.asked()).toEqual(expect.arrayContaining(['A one.test', 'AAAA one.test']));
  });

  it('are those of the hosts file, and nobody is asked', async () => {
    const before = server.asked().length;
    expect(await resolve('Billing')).toEqual([...v4('10.0.0.7'), { address: '::1', family: 6 }]);
    expect(server.asked()).toHaveLength(before);
  });

  it('are found behind the search domains of the system', async () => {
    expect(await resolve('short')).toEqual(v4('192.0.2.3'));
  });

  it.each(['nothing.test', 'empty.test'])('%s has none', async (name) => {
    await expect(resolve(name)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('may be known later when the server fails', async () => {
    await expect(resolve('failing.test')).rejects.toMatchObject({ code: 'EAI_AGAIN' });
  });

  it('are given up when no server answers, and meanwhile others are found', async () => {
    const impatient = makeResolve({ ...files, timeoutMs: 1500 });
    // Ten times as many as there are threads for `getaddrinfo`.
    const names = Array.from({ length: 40 }, (_, index) => `silent.${index}.test`);
    const silent = names.map((name) => impatient(name).catch((cause: unknown) => cause));
    expect(await resolve('one.test')).toEqual(v4('192.0.2.1', '192.0.2.2'));
    for (const cause of await Promise.all(silent)) expect(cause).toMatchObject({ code: 'EAI_AGAIN' });
  });
});
