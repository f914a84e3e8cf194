import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type * as Bundle from './workflow-bundle.js';

/** Of this process: reading a bundle takes some hundredths, making one seconds. */
const MOST_CPU_MS = 700;

test('a bundle that is not there yet is made by another process, and kept', async () => {
  const compiled = new URL('../../dist/interpreter/workflow-bundle.js', import.meta.url);
  const { loadWorkflowBundle } = (await import(compiled.href)) as typeof Bundle;
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
