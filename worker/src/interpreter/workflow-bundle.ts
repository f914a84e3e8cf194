import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@flowplane/plumbing/logging';
import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

/** The workflow's own entry; what it imports is all that a bundle holds beside the SDK. */
const ENTRY = new URL('./workflow/index.js', import.meta.url);
/** Folders whose compiled files are bundled, and hence decide which bundle is meant. */
const SOURCES = ['./workflow/', '../planner/', '../provisioning/workflow/'].map(
  (path) => new URL(path, import.meta.url),
);
const CACHE_DIRECTORY = new URL('../.workflow-bundles/', import.meta.url);

/**
 * The bundle of the workflow code: the one made before from the same compiled files, so that a worker boots in no
 * time, otherwise made now and kept.
 */
export async function loadWorkflowBundle(logger: Pick<Logger, 'info' | 'warn'>): Promise<{ readonly code: string }> {
  const file = new URL(`${await fingerprint()}.js`, CACHE_DIRECTORY);
  const path = fileURLToPath(file);
  if (!(await exists(path))) {
    logger.info('bundling the workflow');
    await keep(path, (await makeWorkflowBundle()).code);
  }
  return { code: await readFile(path, 'utf8') };
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

/** Two processes may bundle at once: each writes a file of its own, and the last one to rename wins with equal bytes. */
async function keep(path: string, code: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, code);
  await rename(draft, path);
}

async function fingerprint(): Promise<string> {
  const require = createRequire(import.meta.url);
  const hash = createHash('sha256');
  for (const folder of SOURCES) {
    const names = await readdir(folder);
    for (const name of names.filter((one) => one.endsWith('.js')).sort()) {
      hash.update(`${name}\0`).update(await readFile(new URL(name, folder)));
    }
  }
  for (const module of ['duration', 'json', 'inputs']) {
    hash.update(await readFile(require.resolve(`@flowplane/contracts/flow/${module}`)));
  }
  for (const module of ['run-progress', 'plan-deprovision', 'step-types']) {
    hash.update(await readFile(require.resolve(`@flowplane/contracts/templates/${module}`)));
  }
  const sdk = join(dirname(require.resolve('@temporalio/workflow')), '..', 'package.json');
  return hash
    .update(await readFile(sdk))
    .digest('hex')
    .slice(0, 32);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
