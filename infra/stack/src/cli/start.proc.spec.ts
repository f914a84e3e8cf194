import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEMO_FLOW, DEMO_WORKSPACE } from '../../demo/run-demo.js';
import { DEMO_IDENTITY, makeDemoClient } from '../../demo/flows-client.js';
import { OPENSEARCH_VERSION } from '../artifacts/opensearch-program.js';
import { freePorts } from '../net/ports.js';
import { waitUntil } from '../net/wait-until.js';
import { homeLayout, repoRoot, type HomeLayout } from '../paths.js';
import { stopLeftovers } from '../process/leftovers.js';
import { readPidsFile, type ProcessRecord } from '../process/pids-file.js';
import { isSameProcess } from '../process/process-identity.js';
import { SERVICES } from '../services/service-plan.js';

const ENTRY = join(repoRoot(), 'infra', 'stack', 'dist', 'src', 'cli', 'start.js');
// Some ten seconds on an idle machine.
const START = { timeoutMs: 290_000, everyMs: 100 };

let layout: HomeLayout;
let launcher: ChildProcess;
let output = '';
let url: string;

/** The whole of `npm start` but the install: stack, services, demo, on its own ports and data folder. */
beforeAll(async () => {
  layout = homeLayout(await mkdtemp(join(tmpdir(), 'start-')));
  await chmod(layout.home, 0o711);
  const [gateway, kafka, postgres, temporal, openSearch] = (await freePorts(5)).map(String);
  const ports = [
    '--port',
    gateway!,
    '--kafka-port',
    kafka!,
    '--postgres-port',
    postgres!,
    '--temporal-port',
    temporal!,
    '--with-opensearch',
    '--opensearch-port',
    openSearch!,
  ];
  const env = { ...process.env, KAFKA_BROKERS: '', FLOWS_DB_URL: '', TEMPORAL_ADDRESS: '', FLOWS_OPENSEARCH_URL: '' };
  launcher = spawn(process.execPath, [ENTRY, '--home', layout.home, ...ports], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [launcher.stdout, launcher.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  url = `http://127.0.0.1:${gateway}`;
  const isUp = (): Promise<boolean> => {
    if (launcher.exitCode !== null) throw new Error(output);
    return Promise.resolve(output.includes('Serving until Ctrl-C.'));
  };
  await waitUntil('the start', isUp, START).catch((thrown: unknown) => {
    throw new Error(`the start stopped at:\n${output}`, { cause: thrown });
  });
}, 300_000);

afterAll(async () => {
  launcher.kill('SIGKILL');
  if (launcher.exitCode === null && launcher.signalCode === null) await once(launcher, 'exit');
  await stopLeftovers(layout.pidsFile, () => undefined);
  await rm(layout.home, { recursive: true, force: true });
});

const alive = (records: readonly ProcessRecord[]): string[] =>
  records.filter(({ pid, startTime }) => isSameProcess(pid, startTime)).map(({ name }) => name);

test('the demo published the example flow, ran it to its end and showed every node', () => {
  expect(output).toContain('The run ended Completed');
  expect(output).toContain('Tasks in order: reserve, charge, confirm.');
  for (const node of ['route', 'prepare', 'reserve', 'charge', 'settle', 'confirm']) {
    expect(output).toMatch(new RegExp(`${node} +started\n[^]*${node} +completed\n`));
  }
});

test('the printed requests are answered as they stand', async () => {
  const printed = [...output.matchAll(/'(http[^']+)'$/gm)].map(([, address]) => address!);
  expect(printed).toHaveLength(6);
  for (const address of printed.filter((one) => !one.endsWith('/events'))) {
    expect((await fetch(address, { headers: DEMO_IDENTITY })).status, address).toBe(200);
  }
});

test('OpenSearch, which was asked for, answers at the printed address', async () => {
  const [, address] = /^OpenSearch is on (\S+)/m.exec(output) ?? [];
  expect(await (await fetch(address!)).json()).toMatchObject({ version: { number: OPENSEARCH_VERSION } });
});

test('an example template is provisioned there, and its resources are printed', async () => {
  const [, address] = /^OpenSearch is on (\S+)/m.exec(output) ?? [];
  const [, index] = /^ +index_name +(\S+)$/m.exec(output) ?? [];
  const [, stamp] = /^ +pipeline_id +(\S+-stamp)$/m.exec(output) ?? [];
  const [, search] = /^ +pipeline_id +(\S+-search)$/m.exec(output) ?? [];
  for (const path of [index, `_ingest/pipeline/${stamp}`, `_search/pipeline/${search}`]) {
    expect((await fetch(`${address}/${path}`)).status, path).toBe(200);
  }
});

test('every process is named in pids.json, and each of ours that is killed comes back', async () => {
  const before = readPidsFile(layout.pidsFile);
  const expected = ['launcher', 'kafka', 'postgres', 'temporal', 'opensearch', 'demo-server', ...SERVICES];
  expect(alive(before).sort()).toEqual(expected.sort());
  const ours = before.filter(({ name }) => (SERVICES as readonly string[]).includes(name));
  for (const { pid } of ours) process.kill(pid, 'SIGKILL');
  const areBack = (): Promise<boolean> => {
    const now = readPidsFile(layout.pidsFile);
    return Promise.resolve(ours.every(({ name, pid }) => now.some((one) => one.name === name && one.pid !== pid)));
  };
  await waitUntil('new processes', areBack, START);
  const isReady = async (): Promise<boolean> => (await fetch(`${url}/readyz`).catch(() => null))?.status === 200;
  await waitUntil('the services', isReady, START);
  // A small order takes the other arm: one task, no wait.
  const client = makeDemoClient(url, DEMO_WORKSPACE);
  const started = await client.call('startExecution', {
    params: { flowId: DEMO_FLOW },
    body: { input: { shop: 'http://127.0.0.1:1', orderId: 'small', amount: 1 } },
    prefer: { waitS: 60 },
  });
  let status: unknown;
  for await (const frame of client.watch(String(started.body.executionId))) {
    if (frame.type === 'stream-end') status = frame.status;
  }
  expect(status).toBe('Failed'); // nothing listens there, and the address is not among the allowed ones
}, 300_000);

test('SIGTERM stops all of it and leaves the data', async () => {
  const records = readPidsFile(layout.pidsFile);
  launcher.kill('SIGTERM');
  expect(await once(launcher, 'exit')).toEqual([0, null]);
  expect(alive(records)).toEqual([]);
  expect(output).toContain('Stopped.');
});
