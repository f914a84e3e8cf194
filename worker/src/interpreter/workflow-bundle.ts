import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Logger } from '@flowplane/plumbing/logging';
import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

/** The workflow's own entry; what it imports is all that a bundle holds beside the SDK. */
const ENTRY = new URL('./workflow/index.js', import.meta.url);
/** Folders and files of this service that bundled files are among, and hence decide which bundle is meant. */
const SOURCES = ['./workflow/', './timeout.js', '../planner/', '../provisioning/workflow/', '../shared/'].map(
  (path) => new URL(path, import.meta.url),
);
const BUNDLE_PROCESS = new URL('./bundle-process.js', import.meta.url);
const CACHE_DIRECTORY = new URL('../.workflow-bundles/', import.meta.url);

/**
 * The bundle of the workflow code: the one made before from the same compiled files, so that a worker boots in no
 * time, otherwise made now and kept. Another process makes it: bundling computes for seconds, and the event loop here may be
 * that of other services as well.
 *
 * @param directory where bundles are kept
 */
export async function loadWorkflowBundle(
  logger: Pick<Logger, 'info'>,
  directory: URL = CACHE_DIRECTORY,
): Promise<{ readonly code: string }> {
  const path = fileURLToPath(new URL(`${await fingerprint()}.js`, directory));
  if (!(await exists(path))) {
    logger.info('bundling the workflow');
    await promisify(execFile)(process.execPath, [fileURLToPath(BUNDLE_PROCESS), path]);
  }
  return { code: await readFile(path, 'utf8') };
}

/** Bundles the workflow into a file. Two processes may do so at once: the last one to rename wins with equal bytes. */
export async function writeWorkflowBundle(path: string): Promise<void> {
  const { code } = await makeWorkflowBundle();
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, code);
  await rename(draft, path);
}

/**
 * Bundles the workflow from its entry, without the cache. Its modules hold no state, so all runs share them instead of
 * loading each module once more for every run.
 */
export function makeWorkflowBundle(entry: URL = ENTRY): Promise<WorkflowBundleWithSourceMap> {
  const logger = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };
  const workflowsPath = fileURLToPath(entry);
  return bundleWorkflowCode({ workflowsPath, preloadModules: [workflowsPath], logger });
}

const ignore = (): void => undefined;

/** The files that decide which bundle is meant, by path: all that may be bundled, and some more. */
export async function filesOfBundle(): Promise<readonly string[]> {
  const contracts = dirname(createRequire(import.meta.url).resolve('@flowplane/contracts'));
  const below = await Promise.all([...SOURCES.map((url) => fileURLToPath(url)), contracts].map(filesBelow));
  return below.flat().sort();
}

/** Compiled, or where tests resolve packages to their sources, those. */
const CODE = /(?<!\.d)\.[jt]s$/;

async function filesBelow(path: string): Promise<readonly string[]> {
  if (CODE.test(path)) return [path];
  const names = await readdir(path, { recursive: true });
  return names.filter((name) => CODE.test(name)).map((name) => join(path, name));
}

async function fingerprint(): Promise<string> {
  const sdk = join(dirname(createRequire(import.meta.url).resolve('@temporalio/workflow')), '..', 'package.json');
  const hash = createHash('sha256');
  for (const file of [...(await filesOfBundle()), sdk]) hash.update(`${basename(file)}\0`).update(await readFile(file));
  return hash.digest('hex').slice(0, 32);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
