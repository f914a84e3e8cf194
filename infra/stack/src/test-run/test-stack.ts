import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startInfra, type InfraEndpoints } from '../infra.js';
import { INFRA_STOP_ORDER, privatePorts } from '../isolated-stack.js';
import { cacheFolder, homeLayout } from '../paths.js';
import { stopLeftovers } from '../process/leftovers.js';
import { makeSupervisor } from '../process/supervisor.js';
import type { Report } from '../progress.js';
import { ensureSecrets } from '../secrets.js';

/** The stack that one run of the tests uses. */
export interface TestStack {
  /** Where the tests make their temporary files; removed with the stack. */
  readonly temporary: string;
  /** Where the servers are, once they serve. Fetching and building them may take minutes: tests without need go first. */
  readonly endpoints: Promise<InfraEndpoints>;
  /** Stops the stack, also one that is still starting, and processes that tests left behind, and removes all data. */
  close(): Promise<void>;
}

/** Starts Kafka, PostgreSQL and Temporal on free ports with their data below `folder`. */
export async function openTestStack(folder: string, report: Report): Promise<TestStack> {
  const temporary = await makeTemporary(folder);
  const layout = homeLayout(join(folder, 'stack'));
  const supervisor = makeSupervisor({ ...layout, report });
  const start = async (): Promise<InfraEndpoints> => {
    const secrets = await ensureSecrets(layout.secretsFile);
    const ports = await privatePorts();
    const cache = cacheFolder(process.env);
    return startInfra({ layout, cache, ports, secrets, external: {}, supervisor, report, isThrowaway: true });
  };
  const endpoints = start();
  endpoints.catch(() => undefined); // the caller that awaits it gets the fault
  return {
    temporary,
    endpoints,
    async close() {
      supervisor.refuseStarts();
      await stopWhatTestsLeft(temporary, report);
      for (const name of INFRA_STOP_ORDER) await supervisor.stop(name);
      await removeFolder(folder);
    },
  };
}

/** The folder of a run, open to the user that PostgreSQL runs as. @returns the folder for temporary files in it */
export async function makeTemporary(folder: string): Promise<string> {
  const temporary = join(folder, 'tmp');
  await chmod(folder, 0o711);
  await mkdir(temporary, { mode: 0o711, recursive: true });
  return temporary;
}

/** A test that is killed cannot stop its services; they are named in the `pids.json` of its temporary data folder. */
export async function stopWhatTestsLeft(temporary: string, report: Report): Promise<void> {
  for (const name of await readdir(temporary)) {
    await stopLeftovers(homeLayout(join(temporary, name)).pidsFile, report);
  }
}

/** A process that is just ending may still write there. */
export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
