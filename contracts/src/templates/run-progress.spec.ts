import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { passed, templateOf } from '../../test/templates.js';
import { planProvision } from './plan-provision.js';
import type { RunPlan } from './run-plan.js';
import type { NodeFailure, RunProgress } from './run-progress.js';
import { emptyProgress, errorOfRun, readyNodes } from './run-progress.js';
import { statusName } from './status-names.js';

const planOf = (ids: readonly string[], edges: readonly (readonly [string, string])[]): RunPlan =>
  passed(
    planProvision(
      templateOf(
        ids.map((id) => ({ id })),
        edges,
      ),
      {},
      { workflowId: 'K1', maxSteps: 50 },
    ),
  );
const failed = (failure: Partial<NodeFailure> = {}) => ({
  state: 'failed' as const,
  failure: { class: 'WorkflowStepException' as const, message: 'no', status: 400, ...failure },
});
const DONE = { state: 'done' } as const;
/** Nothing runs and nothing can start. */
const isOver = (plan: RunPlan, progress: RunProgress): boolean =>
  Object.values(progress).every(({ state }) => state !== 'running') && readyNodes(plan, progress).length === 0;
const ids = (plan: RunPlan, progress: RunProgress) => readyNodes(plan, progress).map(({ id }) => id);

test('nodes start when all before them are done', () => {
  const plan = planOf(
    ['a', 'b', 'c', 'd'],
    [
      ['a', 'c'],
      ['b', 'c'],
    ],
  );
  expect(ids(plan, {})).toEqual(['a', 'b', 'd']);
  expect(ids(plan, { a: DONE, b: { state: 'running' }, d: DONE })).toEqual([]);
  expect(ids(plan, { a: DONE, b: DONE, d: DONE })).toEqual(['c']);
  expect(ids(plan, { a: DONE, b: DONE, d: DONE, c: DONE })).toEqual([]);
});

test('of a node that failed no descendant starts, others do', () => {
  const plan = planOf(
    ['a', 'b', 'c'],
    [
      ['a', 'b'],
      ['b', 'c'],
    ],
  );
  expect(ids(plan, { a: failed() })).toEqual([]);
  expect(ids(planOf(['a', 'b', 'c'], [['a', 'b']]), { a: failed() })).toEqual(['c']);
});

test('ids that are names of Object.prototype are ids', () => {
  const plan = planOf(['constructor', 'toString'], [['constructor', 'toString']]);
  expect(ids(plan, {})).toEqual(['constructor']);
});

describe('the error of a run', () => {
  const plan = planOf(['z', 'y', 'x'], [['z', 'x']]);

  test('is that of the first failed node in topological order, not in time', () => {
    const progress = { x: failed({ message: 'third' }), y: failed({ message: 'second', status: 404 }), z: DONE };
    expect(errorOfRun(plan, progress)).toEqual({
      nodeId: 'y',
      status: 404,
      message: 'WorkflowStepException during step y, second, restStatus: NOT_FOUND',
    });
    expect(errorOfRun(plan, { z: DONE })).toBeUndefined();
  });

  test('of a time-out has no message', () => {
    expect(errorOfRun(plan, { z: failed({ class: 'TimeoutException', status: 408 }) })).toEqual({
      nodeId: 'z',
      status: 500,
      message: 'TimeoutException during step z, restStatus: INTERNAL_SERVER_ERROR',
    });
  });

  test('of a reprovisioning has the message or the class', () => {
    const again: RunPlan = { ...plan, kind: 'reprovision' };
    expect(errorOfRun(again, { z: failed({ message: 'bad index' }) })?.message).toBe(
      'bad index during step z, restStatus: BAD_REQUEST',
    );
    expect(errorOfRun(again, { z: failed({ message: '' }) })?.message).toBe(
      'WorkflowStepException during step z, restStatus: BAD_REQUEST',
    );
  });

  test('statuses without a name have that of their class', () => {
    expect([400, 429, 418, 503, 599].map(statusName)).toEqual([
      'BAD_REQUEST',
      'TOO_MANY_REQUESTS',
      'BAD_REQUEST',
      'SERVICE_UNAVAILABLE',
      'INTERNAL_SERVER_ERROR',
    ]);
  });
});

test('a run ends whatever fails, and has started exactly the nodes without a failed one before them', () => {
  const runs = fc.integer({ min: 1, max: 10 }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      pairs: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 15 }),
      failing: fc.uniqueArray(fc.nat(size - 1)),
      turns: fc.infiniteStream(fc.nat(100)),
    }),
  );
  fc.assert(
    fc.property(runs, ({ size, pairs, failing, turns }) => {
      const names = Array.from({ length: size }, (_, index) => `n${index}`);
      const edges = pairs.flatMap(([a, b]) => (a < b ? [[`n${a}`, `n${b}`] as const] : []));
      const plan = planOf(names, edges);
      const fails = new Set(failing.map((index) => `n${index}`));
      const progress: Record<string, RunProgress[string]> = {};
      for (let turn = 0; !isOver(plan, progress); turn++) {
        expect(turn).toBeLessThan(2 * size + 1);
        readyNodes(plan, progress).forEach(({ id }) => (progress[id] = { state: 'running' }));
        const running = Object.keys(progress).filter((id) => progress[id]?.state === 'running');
        const next = running[turns.next().value % running.length]!;
        progress[next] = fails.has(next) ? failed() : DONE;
      }
      const blocked = new Set<string>();
      for (const name of names) {
        if (edges.some(([source, dest]) => dest === name && (blocked.has(source) || fails.has(source)))) {
          blocked.add(name);
        }
      }
      expect(Object.keys(progress).toSorted()).toEqual(names.filter((name) => !blocked.has(name)).toSorted());
      const first = plan.nodes.find(({ id }) => fails.has(id) && !blocked.has(id));
      expect(errorOfRun(plan, progress)?.nodeId).toBe(first?.id);
    }),
  );
});

test('a node that is called as a member of every object starts once', () => {
  const plan = planOf(['__proto__', 'constructor'], []);
  const progress = emptyProgress();
  for (const { id } of readyNodes(plan, progress)) progress[id] = DONE;
  expect(readyNodes(plan, progress)).toEqual([]);
});
