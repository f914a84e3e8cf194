import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { homeLayout } from '../paths.js';
import { stopLeftovers } from '../process/leftovers.js';
import { readPidsFile } from '../process/pids-file.js';
import { isSameProcess } from '../process/process-identity.js';
import type { Report } from '../progress.js';

/** What test runs, isolated stacks and isolated services name their folders; the last six characters are random. */
const OURS = /^flowplane-(?:test|stack|[0-9a-f]{8})-[A-Za-z0-9]{6}$/;
const TEST_RUN = /^flowplane-test-/;

/**
 * Stops and removes what test runs left below `temporary` that were killed before they could. Only folders of this user
 * are looked at, only processes named in their `pids.json` by pid and start time are stopped, and nothing is touched
 * while the launcher named there lives.
 *
 * @returns the names of the folders that were removed
 */
export async function sweepDeadRuns(temporary: string, report: Report): Promise<readonly string[]> {
  const swept: string[] = [];
  for (const name of await readdir(temporary)) {
    const folder = join(temporary, name);
    if (!OURS.test(name) || !(await isOwnFolder(folder))) continue;
    const homes = TEST_RUN.test(name) ? await homesOfTestRun(folder) : [folder];
    if (homes.length === 0 || !homes.every(isDead)) continue;
    report(`  ! removing what a test run left that was killed: ${folder}`);
    for (const home of homes) await stopLeftovers(homeLayout(home).pidsFile, report);
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    swept.push(name);
  }
  return swept;
}

/** What the tests of a run started, then the stack that all of it stands on. */
async function homesOfTestRun(folder: string): Promise<readonly string[]> {
  const temporary = join(folder, 'tmp');
  const nested = (await readdir(temporary).catch(() => [])).filter((name) => OURS.test(name));
  return [...nested.map((name) => join(temporary, name)), join(folder, 'stack')];
}

/** A launcher names itself before anything else; a folder without its name is only being made, or not one of ours. */
function isDead(home: string): boolean {
  const launcher = readPidsFile(homeLayout(home).pidsFile).find(({ name }) => name === 'launcher');
  return launcher !== undefined && !isSameProcess(launcher.pid, launcher.startTime);
}

async function isOwnFolder(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}
