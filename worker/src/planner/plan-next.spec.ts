import type { FlowNode } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { drive, type Choices } from '../../test/planner/model.js';
import { planNext } from './plan-next.js';
import { compilePlan } from './plan.js';
import { NOT_BEGUN, type RunState } from './run-state.js';

const task = (id: string, next?: string): FlowNode => ({ id, type: 'task', taskType: 't', ...(next ? { next } : {}) });
const sequence = (id: string, steps: string[], next?: string): FlowNode => ({
  id,
  type: 'sequence',
  steps,
  ...(next ? { next } : {}),
});
const parallel = (id: string, branches: string[], next?: string): FlowNode => ({
  id,
  type: 'parallel',
  branches,
  ...(next ? { next } : {}),
});
const branch = (id: string, targets: string[], fallback?: string): FlowNode => ({
  id,
  type: 'branch',
  arms: targets.map((next) => ({ when: 'true', next })),
  ...(fallback ? { default: fallback } : {}),
});

/** Oldest node first; every branch takes its first arm. */
const inOrder: Choices = { pick: () => 0, decide: (_branch, targets) => targets[0] };
const traceOf = (nodes: FlowNode[], choices: Choices = inOrder): string => {
  const { run } = drive(compilePlan({ nodes }), choices);
  expect(run.ended).toBe(true);
  expect(run.scopes).toEqual([]);
  return run.trace.join(' ');
};

describe('traces of flow-language 4.4', () => {
  const cases: readonly [string, FlowNode[], string][] = [
    [
      'a chain stops before later steps and next',
      [sequence('s', ['a', 'b'], 'd'), task('a', 'b'), task('b', 'd'), task('d')],
      's a b d',
    ],
    [
      'branches end before next',
      [parallel('p', ['a', 'b'], 'd'), task('a', 'd'), task('b', 'd'), task('d')],
      'p a b d',
    ],
    [
      'a shared tail runs once',
      [parallel('p', ['a', 'b']), task('a', 'c'), task('b', 'c'), task('c', 'e'), task('e')],
      'p a b c e',
    ],
    [
      'two rounds of joins',
      [
        parallel('p', ['a', 'b', 'f']),
        task('a', 'c'),
        branch('b', ['c', 'e']),
        task('f', 'e'),
        task('c', 't'),
        task('e', 't'),
        task('t'),
      ],
      'p a b f c e t',
    ],
    ['a head reached by another waits', [parallel('p', ['a', 'b']), task('a', 'b'), task('b')], 'p a b'],
    [
      'what has run is not run again',
      [sequence('s', ['a', 'b']), task('a', 'c'), task('b', 'c'), task('c')],
      's a c b',
    ],
    ['arms share a tail', [branch('b', ['l'], 'r'), task('l', 't'), task('r', 't'), task('t')], 'b l t'],
    ['an empty sequence', [sequence('s', [], 'a'), task('a')], 's a'],
  ];
  it.each(cases)('%s', (_name, nodes, trace) => {
    expect(traceOf(nodes)).toBe(trace);
  });

  it('keeps the order of joins when the last branch ends first', () => {
    const nodes = cases[3]?.[1] ?? [];
    expect(traceOf(nodes, { ...inOrder, pick: (active) => active.length - 1 })).toBe('p a b f c e t');
  });
});

describe('rules beyond the table', () => {
  it('starts a join only when every branch of the round has ended', () => {
    const plan = compilePlan({ nodes: [parallel('p', ['a', 'b']), task('a', 'c'), task('b', 'c'), task('c')] });
    const begun = planNext(plan, NOT_BEGUN);
    const afterA = planNext(plan, begun.run, { nodeId: 'a' });
    expect(afterA.changes).toEqual([]);
    const afterB = planNext(plan, afterA.run, { nodeId: 'b' });
    expect(afterB.changes).toEqual([{ kind: 'start', nodeId: 'c' }]);
    expect(planNext(plan, afterB.run, { nodeId: 'c' })).toMatchObject({
      changes: [{ kind: 'end', nodeId: 'p' }],
      run: { ended: true },
    });
  });

  it('runs a listed branch head that is also the next of its parallel, once', () => {
    expect(traceOf([parallel('p', ['a', 'b'], 'b'), task('a', 'b'), task('b')])).toBe('p a b');
  });

  it('counts an arrival from inside a nested composite for the outer round', () => {
    const nodes = [
      parallel('p', ['q', 'b']),
      parallel('q', ['x', 'y'], 'z'),
      task('x', 'c'),
      task('y'),
      task('z'),
      task('b', 'c'),
      task('c'),
    ];
    expect(traceOf(nodes)).toBe('p q x y b z c');
  });

  it('leaves a join of an outer round to that round, though two branches of an inner one reach it', () => {
    const inner = [parallel('q', ['a', 'b']), task('a', 'd'), task('b', 'd')];
    const nodes = [parallel('p', ['q', 'c']), ...inner, task('c', 'e'), task('e', 'd'), task('d')];
    expect(traceOf(nodes)).toBe('p q a b c e d');
  });

  it('skips a listed step that is a join of an outer round', () => {
    const nodes = [parallel('p', ['s', 'c']), sequence('s', ['x', 'c', 'y']), task('x'), task('c'), task('y')];
    expect(traceOf(nodes)).toBe('p s x y c');
  });

  it('ends a chain when no arm is true and there is no default', () => {
    const nodes = [branch('b', ['l', 'r']), task('l'), task('r')];
    expect(traceOf(nodes, { ...inOrder, decide: () => undefined })).toBe('b');
  });

  it('walks a branch as far as it goes before its sibling', () => {
    expect(traceOf([parallel('p', ['s', 'b']), sequence('s', ['x']), task('x'), task('b')])).toBe('p s x b');
  });

  it('reports an unknown target with its source', () => {
    const plan = compilePlan({ nodes: [task('a', 'nowhere')] });
    const begun = planNext(plan, NOT_BEGUN);
    expect(planNext(plan, begun.run, { nodeId: 'a' }).unknown).toEqual({ nodeId: 'a', target: 'nowhere' });
  });

  it('refuses to settle a node that is not active', () => {
    expect(() => planNext(compilePlan({ nodes: [task('a')] }), NOT_BEGUN, { nodeId: 'a' })).toThrow(/not active/);
  });

  it('continues from a state that went through JSON', () => {
    const plan = compilePlan({ nodes: [parallel('p', ['a', 'b'], 'd'), task('a'), task('b'), task('d')] });
    const begun = planNext(plan, NOT_BEGUN);
    const kept = JSON.parse(JSON.stringify(begun.run)) as RunState;
    expect(planNext(plan, kept, { nodeId: 'b' })).toEqual(planNext(plan, begun.run, { nodeId: 'b' }));
  });

  it('walks 1000 nested empty sequences without exhausting the stack', () => {
    const nodes = Array.from({ length: 1000 }, (_, i) => sequence(`s${i}`, i < 999 ? [`s${i + 1}`] : []));
    expect(drive(compilePlan({ nodes }), inOrder).run).toMatchObject({ ended: true, scopes: [] });
  });
});
