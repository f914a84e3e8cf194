import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repoRoot } from '../src/paths.js';
import { FETCHED_VERSION, nodeToFetch } from './node-choice.mjs';

/** Takes itself for a process on Node 20, goes on with the fetched one, and there does what its argument says. */
const SCRIPT = `
import { ensureNode, goOnWith } from ${JSON.stringify(pathToFileURL(join(repoRoot(), 'infra/stack/bin/fetch-node.mjs')))};
const [cache, task] = process.argv.slice(2);
if (process.env.WENT_ON === undefined) {
  process.env.WENT_ON = '1';
  const { platform, arch } = process;
  try {
    await goOnWith(await ensureNode(cache, { versions: { node: '20.20.2' }, platform, arch }));
  } catch (thrown) {
    console.log(thrown.message);
    process.exit(1);
  }
}
console.log('running on', process.execPath, process.version);
if (task === 'fail') process.exit(7);
if (task === 'wait') setInterval(() => undefined, 1_000);
`;

const wanted = nodeToFetch({ version: '20.20.2', platform: process.platform, arch: process.arch });
const FETCHED = `${wanted?.name}-${FETCHED_VERSION}`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fetch-node-'));
  await writeFile(join(folder, 'script.mjs'), SCRIPT);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (cache: string, task: string, env: NodeJS.ProcessEnv = {}): ChildProcess =>
  spawn(process.execPath, [join(folder, 'script.mjs'), join(folder, cache), task], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });

async function ending(child: ChildProcess): Promise<{ readonly code: unknown; readonly output: string }> {
  const [output, [code]] = await Promise.all([text(child.stdout!), once(child, 'close')]);
  return { code, output };
}

test('two processes at a time fetch Node into an empty cache folder and go on with it', async () => {
  const abandoned = join(folder, 'cache', '.fetching-node-killed');
  await mkdir(abandoned, { recursive: true });
  await utimes(abandoned, 0, 0);
  const both = await Promise.all([ending(run('cache', 'end')), ending(run('cache', 'end'))]);
  for (const { code, output } of both) {
    expect([code, output]).toEqual([0, expect.stringContaining(`✓ fetching Node ${FETCHED_VERSION}`)]);
    expect(output).toContain(
      `This is Node 20.20.2, and 22.22 or later is needed: going on with Node ${FETCHED_VERSION}.\n` +
        `running on ${join(folder, 'cache', FETCHED, 'bin', 'node')} v${FETCHED_VERSION}\n`,
    );
  }
  expect(await readdir(join(folder, 'cache'))).toEqual([FETCHED]);
});

test('what was fetched once is used without npm; the end of the process is passed on', async () => {
  const { code, output } = await ending(run('cache', 'fail', { PATH: '' }));
  expect([code, output]).toEqual([7, expect.not.stringContaining('fetching')]);
});

test('a signal is passed on to the process on the fetched Node', async () => {
  const child = run('cache', 'wait');
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    if (String(chunk).includes('running on')) break;
  }
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([null, 'SIGTERM']);
});

test('without npm the message names what is missing and the way out, and nothing is left', async () => {
  const { code, output } = await ending(run('other', 'end', { PATH: '' }));
  expect(code).toBe(1);
  expect(output).toContain(`npm could not fetch ${wanted?.name}@${FETCHED_VERSION}. Install Node 24`);
  expect(await readdir(join(folder, 'other'))).toEqual([]);
});
