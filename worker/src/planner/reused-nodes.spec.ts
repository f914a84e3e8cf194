import type { FlowNode } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { compilePlan } from './plan.js';
import { reusedNodes, type RetryFrom, type SourceNode } from './reused-nodes.js';

const task = (id: string, next?: string): FlowNode => ({ id, type: 'task', taskType: 't', ...(next ? { next } : {}) });
const wait = (id: string, next?: string): FlowNode => ({
  id,
  type: 'wait',
  duration: 'PT1H',
  ...(next ? { next } : {}),
});
const approval = (id: string, next?: string): FlowNode => ({ id, type: 'approval', ...(next ? { next } : {}) });
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
const branch = (id: string, targets: string[]): FlowNode => ({
  id,
  type: 'branch',
  arms: targets.map((next) => ({ when: 'true', next })),
});

const FAILED: RetryFrom = { kind: 'failed' };
const node = (nodeId: string): RetryFrom => ({ kind: 'node', nodeId });
/** Visited nodes in order; `-` before a name: it did not complete; `:n` behind a branch: the arm it decided for. */
const source = (trace: string): readonly SourceNode[] =>
  trace.split(' ').map((text) => {
    const [, minus, nodeId = '', arm] = /^(-?)([^:]+)(?::(-?\d+))?$/.exec(text) ?? [];
    return { nodeId, completed: minus === '', ...(arm === undefined ? {} : { arm: Number(arm) }) };
  });
const reused = (nodes: FlowNode[], trace: string, from: RetryFrom): string =>
  [...reusedNodes(compilePlan({ nodes }), source(trace), from)].join(' ');

describe('a retry from what failed', () => {
  it('reuses every node that completed, and no other', () => {
    expect(reused([task('a', 'b'), task('b', 'c'), task('c')], 'a b -c', FAILED)).toBe('a b');
    expect(reused([task('a', 'b'), task('b')], '-a', FAILED)).toBe('');
  });

  it('walks composites again, also those that completed', () => {
    const nodes = [
      sequence('s', ['a', 'p'], 'z'),
      task('a'),
      parallel('p', ['b', 'c']),
      task('b'),
      task('c'),
      task('z'),
    ];
    expect(reused(nodes, 's a p b c -z', FAILED)).toBe('a b c');
  });

  it('reuses waits, approvals and branches', () => {
    const nodes = [wait('w', 'ok'), approval('ok', 'b'), branch('b', ['x', 'y']), task('x'), task('y')];
    expect(reused(nodes, 'w ok b:1 -y', FAILED)).toBe('w ok b');
  });

  it('lets a branch decide again whose decision is not known', () => {
    expect(reused([branch('b', ['x', 'y']), task('x'), task('y')], 'b -x', FAILED)).toBe('');
  });

  it('knows no node that the version does not have', () => {
    expect(reused([task('a')], 'a elsewhere', FAILED)).toBe('a');
  });
});

describe('a retry from a node reuses the completed nodes except', () => {
  it('the node itself and what is reachable from it', () => {
    expect(reused([task('a', 'b'), task('b', 'c'), task('c')], 'a b c', node('b'))).toBe('a');
    const nodes = [task('a', 'b'), branch('b', ['c', 'd']), task('c', 'e'), task('d', 'e'), task('e')];
    expect(reused(nodes, 'a b:0 c e', node('b'))).toBe('a');
    expect(reused(nodes, 'a b:0 c e', node('c'))).toBe('a b');
  });

  it('later steps of sequences around it, with what is reachable from those', () => {
    const nodes = [sequence('s', ['a', 'b', 'c']), task('a'), task('b'), task('c', 'd'), task('d')];
    expect(reused(nodes, 's a b c d', node('b'))).toBe('a');
    expect(reused(nodes, 's a b c d', node('a'))).toBe('');
    expect(reused(nodes, 's a b c d', node('d'))).toBe('a b c');
  });

  it('the next of composites around it, with what is reachable from that', () => {
    const nodes = [
      parallel('p', ['a', 's'], 'y'),
      task('a'),
      sequence('s', ['b', 'c'], 'd'),
      ...[task('b'), task('c'), task('d'), task('y', 'z'), task('z')],
    ];
    expect(reused(nodes, 'p a s b c d y z', node('b'))).toBe('a');
    expect(reused(nodes, 'p a s b c d y z', node('c'))).toBe('a b');
    expect(reused(nodes, 'p a s b c d y z', node('a'))).toBe('b c d');
    expect(reused(nodes, 'p a s b c d y z', node('y'))).toBe('a b c d');
  });

  it('nothing of a composite that is over before the node', () => {
    const nodes = [sequence('s', ['a', 'b'], 'd'), task('a', 'b'), task('b', 'd'), task('d')];
    expect(reused(nodes, 's a b d', node('d'))).toBe('a b');
    expect(reused(nodes, 's a b d', node('a'))).toBe('');
  });

  it('everything inside and behind, when it is a composite', () => {
    const nodes = [task('a', 'p'), parallel('p', ['b', 'c'], 'd'), task('b'), task('c'), task('d')];
    expect(reused(nodes, 'a p b c d', node('p'))).toBe('a');
    const empty = [sequence('s', ['e', 'b']), sequence('e', [], 'x'), task('x'), task('b')];
    expect(reused(empty, 's e x b', node('e'))).toBe('');
  });

  it('keeps a join of an outer round that does not follow it', () => {
    const nodes = [
      parallel('p', ['q', 'b']),
      parallel('q', ['x', 'y'], 'z'),
      ...[task('x', 'c'), task('y'), task('z'), task('b', 'c'), task('c')],
    ];
    expect(reused(nodes, 'p q x y b z c', node('y'))).toBe('x b c');
    expect(reused(nodes, 'p q x y b z c', node('c'))).toBe('x y b z');
  });

  it('what may follow it, when the walk to it cannot be done again', () => {
    const nodes = [branch('b', ['s', 't']), sequence('s', ['n', 'l'], 'z'), task('n'), task('l'), task('t'), task('z')];
    expect(reused(nodes, 'b s n l z', node('n'))).toBe('');
    expect(reused(nodes, 'b s n l z', node('l'))).toBe('n');
  });

  it('nothing at all, when the version does not have it', () => {
    expect(reused([task('a', 'b'), task('b')], 'a b', node('elsewhere'))).toBe('a b');
  });
});
