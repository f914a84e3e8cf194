// Runs with nothing installed: Node's own modules only.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.flowplane-installed');

/**
 * Installs the npm packages when they are missing or older than the lock file, then compiles (`build`: folders; all of
 * them when empty). Prints a line per step; throws after the step that failed has told why.
 */
export async function prepare({ build = [] } = {}) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 11)) {
    console.error(`Node 20.11 or later is needed; this is ${process.version}.`);
    throw new Error('node is too old');
  }
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (!isInstalled(lock)) {
    // Not `npm ci`: it refuses a lock file without the packages of other systems, which a registry need not have. This
    // installs what the lock file names, adds what this system lacks, and leaves the lock file as it is.
    await step('installing npm packages', 'about 1 min', 'npm', ['install', '--no-save', '--no-audit', '--no-fund']);
    writeFileSync(stamp, lock);
  }
  const tsc = join(modules, 'typescript', 'bin', 'tsc');
  await step('compiling', 'about 30 s the first time', process.execPath, [tsc, '-b', ...build]);
}

function isInstalled(lock) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;
}

function step(name, expected, command, args) {
  const startedAt = Date.now();
  const elapsed = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
  console.log(`  … ${name}, ${expected}`);
  const reminder = setInterval(() => console.log(`    ${name}: ${elapsed()}`), 10_000);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const end = (problem) => {
      clearInterval(reminder);
      if (problem === null) {
        console.log(`  ✓ ${name} (${elapsed()})`);
        resolve();
      } else {
        console.error(`  ✗ ${name} (${elapsed()}): ${problem}\n${output}`);
        reject(new Error(name));
      }
    };
    child.once('error', (fault) => end(fault.message));
    child.once('close', (code, signal) => end(code === 0 ? null : `ended with ${signal ?? code}`));
  });
}
