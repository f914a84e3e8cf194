import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { homeLayout } from '../paths.js';
import { writePidsFile, type ProcessRecord } from '../process/pids-file.js';
import { startTimeOf } from '../process/process-identity.js';
import { sweepDeadRuns } from './dead-runs.js';

let temporary: string;
let children: ChildProcess[];
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'dead-runs-'));
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(temporary, { recursive: true });
});

async function sleeper(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  children.push(child);
  await once(child, 'spawn');
  return child;
}

const recordOf = (name: string, pid: number | undefined): ProcessRecord => ({
  name,
  pid: pid ?? -1,
  port: null,
  startedAt: new Date().toISOString(),
  startTime: startTimeOf(pid ?? -1) ?? '',
});

async function deadLauncher(): Promise<ProcessRecord> {
  const child = await sleeper();
  const record = recordOf('launcher', child.pid);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return record;
}

const isAlive = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** A data folder below `temporary` whose `pids.json` holds these records. */
function home(path: string, ...records: readonly ProcessRecord[]): void {
  writePidsFile(homeLayout(join(temporary, path)).pidsFile, records);
}

it('stops and removes what a killed run left, with what its tests started, and nothing else', async () => {
  const [service, broker, bystander] = [await sleeper(), await sleeper(), await sleeper()];
  const dead = await deadLauncher();
  const stranger = { ...recordOf('kafka', bystander.pid), startTime: 'another process had this pid' };
  home('flowplane-test-aB3dE6/stack', dead, recordOf('kafka', broker.pid), stranger);
  home('flowplane-test-aB3dE6/tmp/flowplane-0a1b2c3d-aaaaaa', dead, recordOf('worker', service.pid));

  expect(await sweepDeadRuns(temporary, () => undefined)).toEqual(['flowplane-test-aB3dE6']);
  await expect.poll(() => [service, broker].map(isAlive)).toEqual([false, false]);
  expect(isAlive(bystander)).toBe(true);
  expect(existsSync(join(temporary, 'flowplane-test-aB3dE6'))).toBe(false);
});

it('leaves alone what is alive, what is only being made, and what is not ours', async () => {
  const [service, other] = [await sleeper(), await sleeper()];
  const [dead, alive] = [await deadLauncher(), recordOf('launcher', process.pid)];
  home('flowplane-stack-aaaaaa', alive, recordOf('kafka', service.pid));
  // Its runner is dead, and its tests go on.
  home('flowplane-test-bbbbbb/stack', dead, recordOf('kafka', other.pid));
  home('flowplane-test-bbbbbb/tmp/flowplane-0a1b2c3d-aaaaaa', alive);
  home('flowplane-0a1b2c3d-cccccc');
  home('my-flowplane-stack', dead, recordOf('kafka', other.pid));

  expect(await sweepDeadRuns(temporary, () => undefined)).toEqual([]);
  expect([service, other].map(isAlive)).toEqual([true, true]);
});
