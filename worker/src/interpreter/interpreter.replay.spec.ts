import { readdir } from 'node:fs/promises';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { readHistory } from './testing/history-file.js';
import { makeWorkflowBundle } from './workflow-bundle.js';

const HISTORIES = new URL('../../histories/', import.meta.url);
const names = (await readdir(HISTORIES)).filter((name) => name.endsWith('.json')).sort();

type Bundle = Awaited<ReturnType<typeof makeWorkflowBundle>>;
const bundle = (entry: string): Promise<Bundle> => makeWorkflowBundle(new URL(entry, import.meta.url));
const replay = async (workflowBundle: Bundle, name: string): Promise<void> => {
  await Worker.runReplayHistory({ workflowBundle }, await readHistory(new URL(name, HISTORIES)));
};

describe('recorded histories', () => {
  let current: Bundle;
  beforeAll(async () => {
    current = await bundle('./workflow/index.ts');
  });
  it('are there', () => expect(names.length).toBeGreaterThanOrEqual(7));
  it.each(names)('%s is replayed alike', async (name) => {
    await expect(replay(current, name)).resolves.toBeUndefined();
  });
});

describe('a change of order', () => {
  it('fails the replay', async () => {
    const reordered = await bundle('./testing/reordered-workflow.ts');
    await expect(replay(reordered, 'v1-parallel-joins.json')).rejects.toThrow(DeterminismViolationError);
  });

  it('passes when it is patched', async () => {
    const patched = await bundle('./testing/patched-workflow.ts');
    await expect(replay(patched, 'v1-parallel-joins.json')).resolves.toBeUndefined();
  });
});
