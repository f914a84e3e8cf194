import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startInfra } from '../infra.js';
import { environmentOf, INFRA_STOP_ORDER, privatePorts } from '../isolated-stack.js';
import { cacheFolder, homeLayout } from '../paths.js';
import { stopLeftovers } from '../process/leftovers.js';
import { makeSupervisor } from '../process/supervisor.js';
import type { Report } from '../progress.js';
import { ensureSecrets } from '../secrets.js';

/** The stack that one run of the tests uses. */
export interface TestStack {
  /** What the tests find in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Where they make their temporary files; removed with the stack. */
  readonly temporary: string;
  /** Stops the stack, and processes that tests left behind, and removes all data. */
  close(): Promise<void>;
}

/** Starts Kafka, PostgreSQL and Temporal on free ports with their data below `folder`. */
export async function openTestStack(folder: string, report: Report): Promise<TestStack> {
  await chmod(folder, 0o711); // PostgreSQL may run as another user
  const layout = homeLayout(join(folder, 'stack'));
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { mode: 0o711, recursive: true });
  const cache = cacheFolder(process.env);
  const supervisor = makeSupervisor({ ...layout, report });
  const close = async (): Promise<void> => {
    await stopWhatTestsLeft(temporary, report);
    for (const name of INFRA_STOP_ORDER) await supervisor.stop(name);
    // A worker of the tests that is just ending may still write there.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  try {
    const secrets = await ensureSecrets(layout.secretsFile);
    const ports = await privatePorts();
    const endpoints = await startInfra({ layout, cache, ports, secrets, external: {}, supervisor, report });
    return { env: { ...environmentOf(endpoints), FLOWPLANE_CACHE: cache, TMPDIR: temporary }, temporary, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** A test that is killed cannot stop its services; they are named in the `pids.json` of its temporary data folder. */
export async function stopWhatTestsLeft(temporary: string, report: Report): Promise<void> {
  for (const name of await readdir(temporary)) {
    await stopLeftovers(homeLayout(join(temporary, name)).pidsFile, report);
  }
}
