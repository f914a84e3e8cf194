import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type * as Bundle from './workflow-bundle.js';

/** Of this process: reading a bundle takes some hundredths, making one seconds. */
const MOST_CPU_MS = 700;

const compiledBundle = async (): Promise<typeof Bundle> =>
  (await import(new URL('../../dist/interpreter/workflow-bundle.js', import.meta.url).href)) as typeof Bundle;

/** Without their endings, below the repository. */
const placeOf = (file: string): string | undefined =>
  /((?:worker|contracts)\/)(?:src|dist)\/(.*)\.[jt]s$/.exec(file)?.slice(1).join('');

test('every file of ours that is bundled decides which bundle is meant: a worker never runs an old one', async () => {
  const { filesOfBundle, makeWorkflowBundle } = await compiledBundle();
  const { code } = await makeWorkflowBundle();
  const [, map = ''] = /sourceMappingURL=data:application\/json;[^,]*base64,([\w+/=]+)/.exec(code) ?? [];
  const { sources } = JSON.parse(Buffer.from(map, 'base64').toString('utf8')) as {
    readonly sources: readonly string[];
  };
  const bundled = sources
    .filter((source) => !source.includes('node_modules'))
    .flatMap((source) => placeOf(source) ?? []);
  expect(bundled).toEqual(expect.arrayContaining(['worker/planner/index', 'worker/shared/run-input']));
  const deciding = new Set((await filesOfBundle()).map(placeOf));
  expect(bundled.filter((place) => !deciding.has(place))).toEqual([]);
}, 120_000);

test('a bundle that is not there yet is made by another process, and kept', async () => {
  const { loadWorkflowBundle } = await compiledBundle();
  const folder = await mkdtemp(join(tmpdir(), 'bundle-'));
  const logger = { info: () => undefined };
  const load = () => loadWorkflowBundle(logger, pathToFileURL(`${folder}/kept/`));
  try {
    const before = process.cpuUsage();
    const { code } = await load();
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(MOST_CPU_MS);
    expect(code).toContain('DslInterpreterWorkflow');
    const [file = '', ...more] = await readdir(join(folder, 'kept'));
    expect(more).toEqual([]);
    const { mtimeMs } = await stat(join(folder, 'kept', file));
    expect((await load()).code).toBe(code);
    expect((await stat(join(folder, 'kept', file))).mtimeMs).toBe(mtimeMs);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
