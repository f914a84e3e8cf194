import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePorts } from '../net/ports.js';
import { answersOk } from '../net/probes.js';
import { homeLayout, type HomeLayout } from '../paths.js';
import { stopLeftovers } from './leftovers.js';
import { readPidsFile, writePidsFile } from './pids-file.js';
import { isSameProcess, startTimeOf } from './process-identity.js';
import type { ProcessSpec } from './process-spec.js';
import { makeSupervisor, type Supervisor } from './supervisor.js';

let layout: HomeLayout;
let supervisor: Supervisor;
let lines: string[];
const bystanders: ChildProcess[] = [];

beforeEach(async () => {
  layout = homeLayout(await mkdtemp(join(tmpdir(), 'supervisor-')));
  lines = [];
  supervisor = makeSupervisor({ ...layout, report: (line) => lines.push(line) });
});

afterEach(async () => {
  for (const { name } of supervisor.records()) await supervisor.stop(name);
  for (const bystander of bystanders.splice(0)) bystander.kill('SIGKILL');
  await rm(layout.home, { recursive: true });
});

const SERVER = `require('node:http').createServer((_, r) => r.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');`;

async function serverSpec(name: string, more = ''): Promise<ProcessSpec> {
  const [port = 0] = await freePorts(1);
  return {
    name,
    command: process.execPath,
    args: ['-e', SERVER + more],
    env: { ...process.env, PORT: String(port) },
    port,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 500,
    isReady: () => answersOk(port, '/'),
    readyTimeoutMs: 10_000,
  };
}

async function bystander(more = ''): Promise<{ pid: number; startTime: string }> {
  const program = `${more}; setInterval(() => undefined, 1000); process.send('started')`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  bystanders.push(child);
  await once(child, 'message');
  return { pid: child.pid!, startTime: startTimeOf(child.pid!)! };
}

test('pids.json names the launcher and every process, with pid and port', async () => {
  const one = await serverSpec('one');
  const two = await serverSpec('two');
  await Promise.all([supervisor.start(one), supervisor.start(two)]);
  const records = JSON.parse(await readFile(layout.pidsFile, 'utf8')) as Record<string, unknown>[];
  expect(records).toMatchObject([
    { name: 'launcher', pid: process.pid },
    { name: 'one', pid: supervisor.pid('one'), port: one.port },
    { name: 'two', pid: supervisor.pid('two'), port: two.port },
  ]);
  for (const record of readPidsFile(layout.pidsFile)) {
    expect(isSameProcess(record.pid, record.startTime), record.name).toBe(true);
    expect(Date.now() - Date.parse(record.startedAt)).toBeGreaterThanOrEqual(0);
  }
});

test('a killed process is started again, and pids.json follows', async () => {
  await supervisor.start(await serverSpec('one'));
  const killed = supervisor.signal('one', 'SIGKILL');
  const restarted = await supervisor.restarted('one', killed, 10_000);
  expect(restarted.pid).not.toBe(killed);
  expect(readPidsFile(layout.pidsFile).find(({ name }) => name === 'one')?.pid).toBe(restarted.pid);
  expect(lines.join()).toContain('one ended (SIGKILL)');
});

test('a process that ends by itself is started again too', async () => {
  const spec = await serverSpec('one', `setTimeout(() => process.exit(3), 300);`);
  await supervisor.start(spec);
  await supervisor.restarted('one', supervisor.pid('one'), 10_000);
  expect(lines.join()).toContain('one ended (status 3)');
});

test('a stop ends what ignores it by force, starts nothing again and touches nobody else', async () => {
  const other = await bystander();
  await supervisor.start(await serverSpec('deaf', `process.on('SIGTERM', () => undefined);`));
  const [deaf] = supervisor.records();
  await supervisor.stop('deaf');
  expect(isSameProcess(deaf!.pid, deaf!.startTime)).toBe(false);
  expect(isSameProcess(other.pid, other.startTime)).toBe(true);
  expect(readPidsFile(layout.pidsFile).map(({ name }) => name)).toEqual(['launcher']);
  expect(lines.join()).toContain('deaf was killed');
});

test('a stop ends a process that was stopped with SIGSTOP', async () => {
  await supervisor.start(await serverSpec('frozen'));
  supervisor.signal('frozen', 'SIGSTOP');
  await supervisor.stop('frozen');
  expect(supervisor.records()).toEqual([]);
});

test('a program that cannot run is reported with the end of its log, and is not retried endlessly', async () => {
  const spec = await serverSpec('broken');
  const broken = { ...spec, args: ['-e', `console.error('the reason'); process.exit(1)`] };
  await expect(supervisor.start(broken)).rejects.toThrow(/broken ended 5 times in a row[^]*the reason/);
  await expect(supervisor.start({ ...spec, command: '/nowhere/at-all' })).rejects.toThrow(/ended 5 times in a row/);
  expect(supervisor.records()).toEqual([]);
});

test('after refuseStarts nothing is started', async () => {
  supervisor.refuseStarts();
  await expect(supervisor.start(await serverSpec('late'))).rejects.toThrow('the stack is being stopped');
});

test('what a killed launcher left running is stopped; a later process with a recorded pid is not', async () => {
  const left = await bystander();
  const other = await bystander();
  const record = { port: null, startedAt: new Date().toISOString() };
  writePidsFile(layout.pidsFile, [
    { ...record, name: 'launcher', pid: 1, startTime: 'of an ended process' },
    { ...record, name: 'kafka', ...left },
    { ...record, name: 'gateway', pid: other.pid, startTime: 'of an ended process' },
  ]);
  const before = await stopLeftovers(layout.pidsFile, (line) => lines.push(line));
  expect(before).toEqual({ kind: 'stopped', names: ['kafka'] });
  expect(isSameProcess(left.pid, left.startTime)).toBe(false);
  expect(isSameProcess(other.pid, other.startTime)).toBe(true);
});

test('what was left running has as long to end as its launcher would have given it', async () => {
  await supervisor.start(await serverSpec('one'));
  expect(supervisor.records().find(({ name }) => name === 'one')?.stopTimeoutMs).toBe(500);
  const deaf = await bystander(`process.on('SIGTERM', () => undefined)`);
  const record = { name: 'deaf', port: null, startedAt: new Date().toISOString(), ...deaf };
  writePidsFile(layout.pidsFile, [{ ...record, stopTimeoutMs: 100 }]);
  const begun = performance.now();
  await stopLeftovers(layout.pidsFile, (line) => lines.push(line));
  expect(isSameProcess(deaf.pid, deaf.startTime)).toBe(false);
  // Without a record of it, it is 15 s.
  expect(performance.now() - begun).toBeLessThan(14_000);
});

test('a data folder whose launcher lives is in use, and nothing of it is stopped', async () => {
  const launcher = await bystander();
  const kafka = await bystander();
  const record = { port: null, startedAt: new Date().toISOString() };
  writePidsFile(layout.pidsFile, [
    { ...record, name: 'launcher', ...launcher },
    { ...record, name: 'kafka', ...kafka },
  ]);
  const before = await stopLeftovers(layout.pidsFile, (line) => lines.push(line));
  expect(before).toEqual({ kind: 'in-use', launcherPid: launcher.pid });
  expect(isSameProcess(kafka.pid, kafka.startTime)).toBe(true);
});
