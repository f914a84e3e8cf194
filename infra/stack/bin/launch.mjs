// Runs on a fresh clone with nothing installed, on any Node from 20 on: Node's own modules only.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureNode, goOnWith } from './fetch-node.mjs';
import { step } from './step.mjs';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.flowplane-installed');
const cache = resolve(process.env.FLOWPLANE_CACHE || join(root, '.flowplane-cache'));

/**
 * Gets everything ready that `main` (a compiled file, seen from here) needs, then runs it: a supported Node, the npm
 * packages, the compiled files (`build`: folders; all of them when empty). When that fails, it says why, prints
 * `lastLine` and ends with 1.
 */
export async function launch({ main, build = [], lastLine }) {
  try {
    const node = await ensureNode(cache);
    if (node !== null) await goOnWith(node);
    // Programs that find their Node on the PATH (npm and its scripts) get this one.
    process.env.PATH = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;
    await install();
    const tsc = join(modules, 'typescript-native', 'bin', 'tsc');
    const compile = { command: process.execPath, args: [tsc, '-b', ...build], cwd: root };
    await step('compiling', 'about 30 s the first time', compile);
  } catch (thrown) {
    console.error(thrown.message);
    if (lastLine !== undefined) console.log(lastLine);
    process.exit(1);
  }
  await import(main);
}

/** When the packages are missing or older than the lock file. */
async function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  // Not `npm ci`: it refuses a lock file without the packages of other systems, which a registry need not have. This
  // installs what the lock file names, adds what this system lacks, and leaves the lock file as it is.
  const args = ['install', '--no-save', '--no-audit', '--no-fund'];
  await step('installing npm packages', 'about 1 min', { command: 'npm', args, cwd: root });
  // By a new file: node_modules may be a copy made of hard links, and its neighbours have installed nothing.
  writeFileSync(`${stamp}.new`, lock);
  renameSync(`${stamp}.new`, stamp);
}
