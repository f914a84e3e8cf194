import { describe, expect, test } from 'vitest';
import type { FlowDefinition, FlowNode } from './document.js';
import { validateSemantics } from './semantic.js';
import { subFlowTotals, type ResolveSubFlow } from './sub-flow-totals.js';

const definition = (nodes: readonly FlowNode[]): FlowDefinition => ({ apiVersion: 'v1.0', name: 'x', nodes });
const after = (next: string | undefined) => (next === undefined ? {} : { next });
const sub = (id: string, flowId: string, next?: string): FlowNode => ({
  ...{ id, type: 'sub-flow', flowId, flowVersion: '1' },
  ...after(next),
});
const wait = (id: string, next?: string): FlowNode => ({ id, type: 'wait', duration: 'PT0S', ...after(next) });
const branch = (id: string, arms: readonly string[], otherwise?: string): FlowNode => ({
  ...{ id, type: 'branch', arms: arms.map((next) => ({ when: 'true', next })) },
  ...(otherwise === undefined ? {} : { default: otherwise }),
});
const parallel = (id: string, branches: readonly string[], next?: string): FlowNode => ({
  ...{ id, type: 'parallel', branches },
  ...after(next),
});
const sequence = (id: string, steps: readonly string[], next?: string): FlowNode => ({
  ...{ id, type: 'sequence', steps },
  ...after(next),
});

/** Flows by what one run of them starts. */
const RUNS: Readonly<Record<string, number>> = { leaf: 0, ten: 10, hundred: 100, most: 999 };
const resolve: ResolveSubFlow = (flowId) => {
  const runs = RUNS[flowId];
  return runs === undefined ? undefined : { nesting: runs === 0 ? 0 : 1, runs };
};
const runsOf = (...nodes: readonly FlowNode[]): number => subFlowTotals(definition(nodes), resolve).runs;
const manyLeaves = (count: number) => Array.from({ length: count }, (_, index) => sub(`n${index}`, 'leaf'));
const inParallel = (nodes: readonly FlowNode[]) => [
  parallel(
    'p',
    nodes.map(({ id }) => id),
  ),
  ...nodes,
];

describe('the runs of sub-flows that one run can start', () => {
  test('are the children and what they start, over all levels', () => {
    expect(subFlowTotals(definition([wait('w')]), resolve)).toEqual({ nesting: 0, runs: 0 });
    expect(subFlowTotals(definition([sub('a', 'leaf')]), resolve)).toEqual({ nesting: 1, runs: 1 });
    expect(subFlowTotals(definition([sub('a', 'ten', 'b'), sub('b', 'hundred')]), resolve)).toEqual({
      nesting: 2,
      runs: 112,
    });
  });

  test('of composites are those of all that is inside and behind', () => {
    const inside = [sub('a', 'ten'), sub('b', 'leaf')];
    expect(runsOf(parallel('p', ['a', 'b'], 'z'), ...inside, sub('z', 'hundred'))).toBe(113);
    expect(runsOf(sequence('s', ['a', 'b'], 'z'), ...inside, sub('z', 'hundred'))).toBe(113);
    expect(runsOf(sequence('s', ['p', 'z']), parallel('p', ['a', 'b']), ...inside, sub('z', 'ten'))).toBe(23);
  });

  test('of a branch are those of its greatest arm, with what follows it', () => {
    const arms = [sub('a', 'ten', 't'), sub('b', 'hundred', 't')];
    expect(runsOf(branch('c', ['a', 'b']), ...arms, sub('t', 'leaf'))).toBe(102);
    expect(runsOf(branch('c', ['a', 't'], 'b'), ...arms, sub('t', 'leaf'))).toBe(102);
    expect(runsOf(branch('c', ['a'], 'd'), branch('d', ['b'], 't'), ...arms, sub('t', 'leaf'))).toBe(102);
    expect(
      runsOf(sequence('q', ['c', 't']), branch('c', ['a', 'b']), sub('a', 'ten'), sub('b', 'ten'), sub('t', 'leaf')),
    ).toBe(12);
  });

  test('count a node once where chains meet', () => {
    const meet = [sub('a', 'leaf', 'c'), sub('b', 'leaf', 'c'), sub('c', 'hundred')];
    expect(runsOf(parallel('p', ['a', 'b', 'c'], 'c'), ...meet)).toBe(103);
    expect(runsOf(sequence('s', ['a', 'b', 'c'], 'c'), ...meet)).toBe(103);
  });

  test('leave out what no run reaches', () => {
    expect(runsOf(sub('a', 'leaf'), sub('lost', 'hundred'))).toBe(1);
  });

  test('can be counted in any document: with cycles, shared ids, unknown targets, endless numbers', () => {
    expect(runsOf(sub('a', 'leaf', 'b'), sub('b', 'leaf', 'a'))).toBe(2);
    expect(runsOf(sub('a', 'leaf', 'nowhere'), sub('a', 'ten'))).toBe(1);
    expect(runsOf(sub('a', 'unpublished'))).toBe(1);
    expect(runsOf()).toBe(0);
    const endless: ResolveSubFlow = () => ({ nesting: 1, runs: 1_000_000_000 });
    expect(subFlowTotals(definition([sub('a', 'x', 'b'), sub('b', 'x')]), endless).runs).toBe(1_000_000_000);
    const chain = Array.from({ length: 2000 }, (_, index) => sub(`n${index}`, 'leaf', `n${index + 1}`));
    expect(runsOf(...chain)).toBe(2000);
  });
});

describe('a definition whose runs could start too many runs of sub-flows', () => {
  const errorsOf = (nodes: readonly FlowNode[], subFlowMaxRuns?: number) =>
    validateSemantics(definition(nodes), {
      resolveSubFlow: resolve,
      ...(subFlowMaxRuns === undefined ? {} : { subFlowMaxRuns }),
    });

  test('is refused once, at the sub-flow that adds most', () => {
    expect(errorsOf(inParallel(manyLeaves(1000)))).toEqual([]);
    expect(errorsOf([sub('a', 'most')])).toEqual([]);
    expect(errorsOf(inParallel(manyLeaves(1001)))).toMatchObject([{ code: 'FLW-E004', nodeId: 'n0' }]);
    expect(errorsOf([sub('a', 'leaf', 'b'), sub('b', 'most', 'c'), sub('c', 'most')])).toEqual([
      {
        code: 'FLW-E004',
        nodeId: 'b',
        message:
          "Sub-flow 'most' version '1': one run could start 2001 runs of sub-flows, 1000 of them here; the limit is 1000.",
      },
    ]);
  });

  test('is refused by the limit that is set', () => {
    expect(errorsOf(inParallel(manyLeaves(3)), 3)).toEqual([]);
    expect(errorsOf(inParallel(manyLeaves(4)), 3)).toMatchObject([{ code: 'FLW-E004', nodeId: 'n0' }]);
    expect(errorsOf([sub('a', 'leaf')], 0)).toMatchObject([{ code: 'FLW-E004', nodeId: 'a' }]);
  });

  test('reports targets that do not exist first', () => {
    expect(errorsOf([sub('a', 'most', 'b'), sub('b', 'most', 'c'), sub('c', 'unpublished')])).toMatchObject([
      { nodeId: 'c', message: "Sub-flow 'unpublished' version '1': no such published version in this workspace." },
    ]);
  });
});
