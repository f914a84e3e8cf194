import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FETCHED_VERSION, nodeToFetch, notFetchedMessage } from './node-choice.mjs';
import { step } from './step.mjs';

const BESIDE = '.fetching-node-';
const ABANDONED_MS = 60 * 60 * 1000;

/**
 * Makes sure that a supported Node is there: `null` when it is the one that runs, else the path of Node 24, which is
 * fetched from npm into `cache` the first time.
 */
export async function ensureNode(cache, machine = process) {
  const version = machine.versions.node;
  const wanted = nodeToFetch({ version, platform: machine.platform, arch: machine.arch });
  if (wanted === null) return null;
  const folder = join(cache, `${wanted.name}-${FETCHED_VERSION}`);
  const node = join(folder, 'bin', 'node');
  if (!existsSync(folder)) await fetchInto(folder, cache, wanted, version);
  console.log(`This is Node ${version}, and 22.22 or later is needed: going on with Node ${FETCHED_VERSION}.`);
  return node;
}

/** In a folder beside that is renamed at the end, so that a folder that exists is complete; two at a time are safe. */
async function fetchInto(folder, cache, wanted, version) {
  mkdirSync(cache, { recursive: true });
  removeAbandoned(cache);
  const beside = mkdtempSync(join(cache, BESIDE));
  try {
    writeProject(beside, wanted);
    const args = ['ci', '--prefix', beside, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const fetching = `fetching Node ${FETCHED_VERSION}`;
    await step(fetching, 'about 10 s', { command: 'npm', args, cwd: beside });
    const fetched = join(beside, 'node_modules', wanted.name);
    // A program for another C library is only noticed when it runs.
    execFileSync(join(fetched, 'bin', 'node'), ['--version']);
    try {
      renameSync(fetched, folder);
    } catch (thrown) {
      if (!existsSync(folder)) throw thrown;
    }
  } catch (thrown) {
    throw new Error(`${thrown.message}\n${notFetchedMessage(version, wanted)}`, { cause: thrown });
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** A project with this one package; its lock file makes npm refuse a download that has another checksum. */
function writeProject(folder, { name, integrity }) {
  const dependencies = { [name]: FETCHED_VERSION };
  const project = { name: 'flowplane-node', version: '1.0.0', private: true, dependencies };
  const entry = { version: FETCHED_VERSION, ...(integrity === undefined ? {} : { integrity }) };
  const packages = { '': project, [`node_modules/${name}`]: entry };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...project, lockfileVersion: 3, packages }));
}

/** What fetches left that were killed. */
function removeAbandoned(cache) {
  for (const name of readdirSync(cache).filter((one) => one.startsWith(BESIDE))) {
    const folder = join(cache, name);
    const { mtimeMs } = statSync(folder, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs < Date.now() - ABANDONED_MS) rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs this process's program and arguments on another Node, passes signals on, and ends as it ends. */
export function goOnWith(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  return new Promise((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (signal === null) process.exit(code);
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
  });
}
