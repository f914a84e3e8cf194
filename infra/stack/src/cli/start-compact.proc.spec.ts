import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endpointsOf } from '../isolated-services.js';
import { freePorts } from '../net/ports.js';
import { waitUntil } from '../net/wait-until.js';
import { homeLayout, repoRoot, type HomeLayout } from '../paths.js';
import { dropDatabases, otherDatabase } from '../postgres/databases.js';
import { stopLeftovers } from '../process/leftovers.js';
import { readPidsFile } from '../process/pids-file.js';
import { isSameProcess } from '../process/process-identity.js';

const ENTRY = join(repoRoot(), 'infra', 'stack', 'dist', 'src', 'cli', 'start.js');
const START = { timeoutMs: 200_000, everyMs: 100 };

let layout: HomeLayout;
let launcher: ChildProcess;
let output = '';
let url: string;
let databases: readonly string[] = [];

/** `npm start -- --compact` on the servers of the test run. */
beforeAll(async () => {
  layout = homeLayout(await mkdtemp(join(tmpdir(), 'start-compact-')));
  const { dbUrl, kafkaBrokers, temporalAddress } = endpointsOf(process.env);
  const id = randomBytes(4).toString('hex');
  databases = [otherDatabase(dbUrl, `flows_${id}`), otherDatabase(dbUrl, `flows_${id}_state`)];
  const [gateway] = await freePorts(1);
  url = `http://127.0.0.1:${gateway}`;
  launcher = spawn(process.execPath, [ENTRY, '--compact', '--home', layout.home, '--port', String(gateway)], {
    env: {
      ...process.env,
      ...{ KAFKA_BROKERS: kafkaBrokers, TEMPORAL_ADDRESS: temporalAddress },
      ...{ FLOWS_DB_URL: databases[0], FLOWS_STATE_DB_URL: databases[1], FLOWS_TOPIC_PREFIX: `${id}.` },
      ...{ TEMPORAL_NAMESPACE: `flows-${id}`, TEMPORAL_TASK_QUEUE: `flows-${id}` },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [launcher.stdout, launcher.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const isUp = (): Promise<boolean> => {
    if (launcher.exitCode !== null) throw new Error(output);
    return Promise.resolve(output.includes('Serving until Ctrl-C.'));
  };
  await waitUntil('the start', isUp, START).catch((thrown: unknown) => {
    throw new Error(`the start stopped at:\n${output}`, { cause: thrown });
  });
}, 290_000);

afterAll(async () => {
  launcher.kill('SIGKILL');
  if (launcher.exitCode === null && launcher.signalCode === null) await once(launcher, 'exit');
  await stopLeftovers(layout.pidsFile, () => undefined);
  await dropDatabases(databases);
  await rm(layout.home, { recursive: true, force: true });
});

test('the demo ran to its end, and one process holds all services', () => {
  expect(output).toContain('The run ended Completed');
  const names = readPidsFile(layout.pidsFile).map(({ name }) => name);
  expect(names.toSorted()).toEqual(['compact', 'demo-server', 'gateway', 'launcher']);
});

test('killed, it is started again behind the gateway that stayed, and serves', async () => {
  const pidOf = (name: string) => readPidsFile(layout.pidsFile).find((one) => one.name === name)?.pid;
  const before = { compact: pidOf('compact'), gateway: pidOf('gateway') };
  process.kill(before.compact ?? 0, 'SIGKILL');
  const isBack = (): Promise<boolean> => Promise.resolve(![undefined, before.compact].includes(pidOf('compact')));
  await waitUntil('a new process', isBack, START);
  const isReady = async (): Promise<boolean> => (await fetch(`${url}/readyz`).catch(() => null))?.status === 200;
  await waitUntil('the services', isReady, START);
  expect(pidOf('gateway')).toBe(before.gateway);
  expect((await fetch(`${url}/openapi.json`)).status).toBe(200);
});

test('SIGTERM stops all of it', async () => {
  const records = readPidsFile(layout.pidsFile);
  launcher.kill('SIGTERM');
  expect(await once(launcher, 'exit')).toEqual([0, null]);
  expect(records.filter(({ pid, startTime }) => isSameProcess(pid, startTime))).toEqual([]);
});
