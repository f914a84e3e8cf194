import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePorts } from '../net/ports.js';
import { acceptsTcp, servesGrpc, takesPostgresSessions } from '../net/probes.js';
import { waitUntil } from '../net/wait-until.js';
import { homeLayout, repoRoot, type HomeLayout } from '../paths.js';
import { stopLeftovers } from '../process/leftovers.js';
import { readPidsFile, type ProcessRecord } from '../process/pids-file.js';
import { isSameProcess } from '../process/process-identity.js';
import { FRONTEND_SERVICE } from '../temporal/temporal-server.js';

const ENTRY = join(repoRoot(), 'infra', 'stack', 'dist', 'src', 'cli', 'infra-only.js');
const PATIENCE = { timeoutMs: 90_000, everyMs: 50 };

let layout: HomeLayout;
let ports: readonly number[];
let launchers: ChildProcess[];

beforeEach(async () => {
  layout = homeLayout(await mkdtemp(join(tmpdir(), 'launcher-')));
  await chmod(layout.home, 0o711);
  ports = await freePorts(3);
  launchers = [];
});

afterEach(async () => {
  for (const launcher of launchers) launcher.kill('SIGKILL');
  await waitUntil('the end of the launchers', () => Promise.resolve(launchers.every(hasEnded)), PATIENCE);
  await stopLeftovers(layout.pidsFile, () => undefined);
  await rm(layout.home, { recursive: true, force: true });
});

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Starts the launcher and waits until it says `ready`; rejects with its output when it ends before. */
async function launch(...more: string[]): Promise<ChildProcess> {
  const [kafka, postgres, temporal] = ports.map(String);
  const portArgs = ['--kafka-port', kafka!, '--postgres-port', postgres!, '--temporal-port', temporal!];
  const child = spawn(process.execPath, [ENTRY, '--home', layout.home, ...portArgs, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  launchers.push(child);
  const faults = text(child.stderr);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await waitUntil(
    'the stack',
    async () => {
      if (hasEnded(child)) throw new Error(output + (await faults));
      return output.includes('ready\n');
    },
    PATIENCE,
  );
  return child;
}

const alive = (records: readonly ProcessRecord[]): string[] =>
  records
    .filter((record) => isSameProcess(record.pid, record.startTime))
    .map(({ name }) => name)
    .sort();

const named = (name: string): ProcessRecord => readPidsFile(layout.pidsFile).find((record) => record.name === name)!;

test('SIGTERM stops every process the launcher started, and its data are there at the next start', async () => {
  const launcher = await launch();
  const records = readPidsFile(layout.pidsFile);
  expect(alive(records)).toEqual(['kafka', 'launcher', 'postgres', 'temporal']);
  const format = await readFile(join(layout.kafka, 'data', 'meta.properties'), 'utf8');

  launcher.kill('SIGTERM');
  expect(await once(launcher, 'exit')).toEqual([0, null]);
  expect(alive(records)).toEqual([]);

  await launch();
  expect(await readFile(join(layout.kafka, 'data', 'meta.properties'), 'utf8')).toBe(format);
});

test('each killed part is started again and serves on its port', async () => {
  const [kafka = 0, postgres = 0, temporal = 0] = ports;
  await launch();
  const serves: Record<string, () => Promise<boolean>> = {
    kafka: () => acceptsTcp(kafka),
    postgres: () => takesPostgresSessions(postgres),
    temporal: () => servesGrpc(temporal, FRONTEND_SERVICE),
  };
  for (const [name, isServing] of Object.entries(serves)) {
    const before = named(name);
    process.kill(before.pid, 'SIGKILL');
    await waitUntil(`a new ${name}`, () => Promise.resolve((named(name)?.pid ?? before.pid) !== before.pid), PATIENCE);
    await waitUntil(`${name} to serve`, isServing, PATIENCE);
  }
  // Temporal has lost its database on the way and serves again all the same.
  await waitUntil('temporal to serve', () => servesGrpc(temporal, FRONTEND_SERVICE), PATIENCE);
  expect(alive(readPidsFile(layout.pidsFile))).toEqual(['kafka', 'launcher', 'postgres', 'temporal']);
});

test('a second start refuses while the first one lives, and takes over after a kill -9', async () => {
  const first = await launch();
  const records = readPidsFile(layout.pidsFile);
  await expect(launch()).rejects.toThrow(`${layout.home} is in use by process ${first.pid}`);
  expect(alive(records)).toHaveLength(4);

  first.kill('SIGKILL');
  await once(first, 'exit');
  expect(alive(records)).toEqual(['kafka', 'postgres', 'temporal']);
  await launch();
  expect(alive(records)).toEqual([]);
  expect(alive(readPidsFile(layout.pidsFile))).toHaveLength(4);
});
