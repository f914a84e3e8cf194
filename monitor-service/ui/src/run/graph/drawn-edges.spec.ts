import type { FlowNode } from '@flowplane/contracts/flow/document';
import { describe, expect, it } from 'vitest';
import { drawnEdges } from './drawn-edges.js';

const task = (id: string, next?: string): FlowNode => ({
  ...{ id, type: 'task', taskType: 'http.request' },
  ...(next === undefined ? {} : { next }),
});
const sequence = (id: string, steps: string[], next?: string): FlowNode => ({
  ...{ id, type: 'sequence', steps },
  ...(next === undefined ? {} : { next }),
});
const parallel = (id: string, branches: string[], next?: string): FlowNode => ({
  ...{ id, type: 'parallel', branches },
  ...(next === undefined ? {} : { next }),
});
const branch = (id: string, to: string, otherwise?: string): FlowNode => ({
  ...{ id, type: 'branch', arms: [{ when: 'x', next: to }] },
  ...(otherwise === undefined ? {} : { default: otherwise }),
});
const lines = (nodes: readonly FlowNode[]): string =>
  drawnEdges(nodes)
    .map(({ from, to, label }) => `${from}${label === undefined ? '' : `(${label})`}>${to}`)
    .join(' ');

describe('the lines of a flow', () => {
  it.each([
    ['a chain', [task('a', 'b'), task('b')], 'a>b'],
    [
      'a sequence, whose steps name what comes behind them',
      [sequence('s', ['a', 'b'], 'd'), task('a', 'b'), task('b', 'd'), task('d')],
      's>a a>b b>d',
    ],
    ['steps that name nothing', [sequence('s', ['a', 'b'], 'd'), task('a'), task('b'), task('d')], 's>a a>b b>d'],
    [
      'a parallel with a next',
      [parallel('p', ['a', 'b'], 'd'), task('a', 'd'), task('b', 'd'), task('d')],
      'p>a p>b a>d b>d',
    ],
    [
      'branches that join without a next',
      [parallel('p', ['a', 'b']), task('a', 'c'), task('b', 'c'), task('c', 'e'), task('e')],
      'p>a p>b a>c b>c c>e',
    ],
    [
      'joins in two rounds',
      [
        parallel('p', ['a', 'b', 'f']),
        task('a', 'c'),
        branch('b', 'c', 'e'),
        task('f', 'e'),
        task('c', 't'),
        task('e', 't'),
        task('t'),
      ],
      'p>a p>b p>f a>c b(x)>c b(otherwise)>e f>e c>t e>t',
    ],
    [
      'a branch of a parallel behind another one',
      [parallel('p', ['a', 'b']), task('a', 'b'), task('b')],
      'p>a p>b a>b',
    ],
    [
      'a step that names a node which an earlier step has run',
      [sequence('s', ['a', 'b'], 'd'), task('a', 'c'), task('b', 'c'), task('c'), task('d')],
      's>a a>c c>b b>d',
    ],
    [
      'a step that names a node which an earlier step may have run',
      [sequence('s', ['a', 'b'], 'd'), branch('a', 'c'), task('b', 'c'), task('c'), task('d')],
      's>a a(x)>c c>b a(otherwise)>b b>c b>d c>d',
    ],
    [
      'arms that meet',
      [branch('b', 'l', 'r'), task('l', 't'), task('r', 't'), task('t')],
      'b(x)>l l>t b(otherwise)>r r>t',
    ],
    [
      'a step that arrives at a join of the parallel around it: the next step comes first',
      [
        parallel('p', ['s1', 's2']),
        sequence('s1', ['a', 'x']),
        sequence('s2', ['b', 'y']),
        task('a', 'j'),
        task('b', 'j'),
        task('x'),
        task('y'),
        task('j'),
      ],
      'p>s1 s1>a a>x p>s2 s2>b b>y x>j y>j',
    ],
    [
      'a node that sequences of two arms share',
      [
        branch('br', 's1', 's2'),
        sequence('s1', ['a', 'c']),
        sequence('s2', ['b', 'd']),
        task('a', 't'),
        task('b', 't'),
        task('t'),
        task('c'),
        task('d'),
      ],
      'br(x)>s1 s1>a a>t t>c br(otherwise)>s2 s2>b b>t t>d',
    ],
    [
      'a first step that another arm runs too',
      [branch('br', 'c', 's'), sequence('s', ['c', 'd']), task('c'), task('d')],
      'br(x)>c br(otherwise)>s s>c c>d',
    ],
    [
      'a step of an arm that names what has run in the same arm',
      [branch('br', 's', 'z'), sequence('s', ['a', 'b']), task('a', 'c'), task('b', 'c'), task('c'), task('z')],
      'br(x)>s s>a a>c c>b br(otherwise)>z',
    ],
    ['an empty sequence', [sequence('s', [], 'a'), task('a')], 's>a'],
    [
      'a branch without a default, within a sequence',
      [sequence('s', ['b', 'z']), branch('b', 'l'), task('l'), task('z')],
      's>b b(x)>l l>z b(otherwise)>z',
    ],
    ['a target that is not there', [task('a', 'nowhere')], ''],
    ['no nodes', [], ''],
  ] as const)('%s', (_what, nodes, expected) => {
    expect(lines(nodes)).toBe(expected);
  });

  it('end where the document goes round in circles', () => {
    expect(lines([task('a', 'b'), task('b', 'a')])).toBe('a>b');
  });

  it('are found in a chain of a thousand nodes', () => {
    const nodes = Array.from({ length: 1000 }, (_, index) => task(`n${index}`, `n${index + 1}`));
    expect(drawnEdges(nodes).length).toBe(999);
  });
});
