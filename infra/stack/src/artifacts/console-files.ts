import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repoRoot } from '../paths.js';
import { step, type Report } from '../progress.js';
import { builtAgain } from './built-once.js';
import { runTool } from './run-tool.js';

const UI = 'monitor-service/ui';
/** What the files of the console are made from: its own sources, those of contracts, the examples of flows, and the packages. */
const SOURCES = [
  ...[`${UI}/src`, `${UI}/build`, `${UI}/index.html`, `${UI}/vite.config.ts`],
  ...['contracts/src', 'docs/cookbook.md', 'package-lock.json'],
];
/** In the folder: what it was made from. */
const STAMP = '.built-from';
const EXPECTED_MS = 15_000;

/**
 * Builds the console that monitor-service serves, unless what it is made from has not changed since the last build. It
 * gives way to everything else that runs.
 *
 * @throws Error with what Vite says
 */
export async function ensureConsole(report: Report, root = repoRoot()): Promise<void> {
  const built = join(root, UI, 'dist');
  const digest = digestOf(root);
  if ((await readFile(join(built, STAMP), 'utf8').catch(() => '')) === digest) return;
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  // Two commands at once each build into another folder, so that the lock by which Vite refuses the second is not needed.
  await step(report, 'building the console', EXPECTED_MS, () =>
    builtAgain(built, async (into) => {
      const args = [vite, 'build', '--bypass-lock', '--outDir', into];
      await runTool({ command: process.execPath, args, cwd: join(root, UI), isPatient: true });
      await writeFile(join(into, STAMP), digest);
    }),
  );
}

function digestOf(root: string): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of filesBelow(join(root, source)))
      hash.update(`${file.slice(root.length)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** The file itself, or all files of a folder, in order. */
function filesBelow(path: string): readonly string[] {
  try {
    const entries = readdirSync(path, { recursive: true, withFileTypes: true });
    return entries
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name))
      .sort();
  } catch {
    return [path]; // no folder
  }
}
