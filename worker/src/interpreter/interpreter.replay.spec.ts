import { readdir, readFile } from 'node:fs/promises';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../shared/run-input.js';
import { readHistory, recordedRun, scheduledActivities } from '../../test/interpreter/history-file.js';
import { recordedFixtures } from '../../test/interpreter/recorded-fixtures.js';
import { makeWorkflowBundle } from './workflow-bundle.js';

const HISTORIES = new URL('../../histories/', import.meta.url);
const names = (await readdir(HISTORIES)).filter((name) => name.endsWith('.json')).sort();
const FIXTURES = new URL('../../../contracts/fixtures/flows/', import.meta.url);
const fixtureNames = (await readdir(new URL('runs/', FIXTURES))).map((file) => file.slice(0, -'.json'.length)).sort();

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
  it('are there for every fixture', () => {
    const fixtures = Object.keys(recordedFixtures('')).map((name) => `v1-fixture-${name}.json`);
    expect(names).toEqual(expect.arrayContaining(fixtures));
    expect(names.length - fixtures.length).toBeGreaterThanOrEqual(7);
  });
  it.each(names)('%s is replayed alike', async (name) => {
    await expect(replay(current, name)).resolves.toBeUndefined();
  });
});

describe('the activities of a history', () => {
  it.each(names)('%s has exactly the task nodes, in visit order', async (name) => {
    const history = await readHistory(new URL(name, HISTORIES));
    const { definition, reused, result } = recordedRun(history);
    const tasks = definition.nodes
      .filter(({ id, type }) => type === 'task' && !reused.includes(id))
      .map(({ id }) => id);
    const activities = scheduledActivities(history);
    if (result?.trace !== undefined) expect(activities).toEqual(result.trace.filter((id) => tasks.includes(id)));
    // A run that did not complete tells no trace: no task twice, and nothing but tasks.
    expect(new Set(activities).size).toBe(activities.length);
    expect(tasks).toEqual(expect.arrayContaining([...activities]));
  });

  it.each(fixtureNames)('%s: the recorded run is the expected one', async (name) => {
    const { trace } = JSON.parse(await readFile(new URL(`runs/${name}.json`, FIXTURES), 'utf8')) as RunResult;
    const { result } = recordedRun(await readHistory(new URL(`v1-fixture-${name}.json`, HISTORIES)));
    expect(result?.trace).toEqual(trace);
  });
});

describe('a change of order', () => {
  it('fails the replay', async () => {
    const reordered = await bundle('../../test/interpreter/reordered-workflow.ts');
    await expect(replay(reordered, 'v1-parallel-joins.json')).rejects.toThrow(DeterminismViolationError);
  });

  it('passes when it is patched', async () => {
    const patched = await bundle('../../test/interpreter/patched-workflow.ts');
    await expect(replay(patched, 'v1-parallel-joins.json')).resolves.toBeUndefined();
  });
});
