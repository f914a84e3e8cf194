import { expect, test } from 'vitest';
import type { FlowNode } from './document.js';
import { edgesOf, findCycle } from './graph.js';

const wait = (id: string, next?: string): FlowNode => ({
  id,
  type: 'wait',
  duration: 'PT0S',
  ...(next === undefined ? {} : { next }),
});

test('edges come in the order of the contract', () => {
  const place = (node: FlowNode) => edgesOf(node).map((edge) => `${edge.place}>${edge.target}`);
  expect(place({ id: 's', type: 'sequence', steps: ['a', 'b'], next: 'c' })).toEqual([
    'next>c',
    'steps[0]>a',
    'steps[1]>b',
  ]);
  expect(place({ id: 'p', type: 'parallel', branches: ['a', 'b'] })).toEqual(['branches[0]>a', 'branches[1]>b']);
  const arms = [
    { when: 'true', next: 'a' },
    { when: 'true', next: 'b' },
  ];
  expect(place({ id: 'b', type: 'branch', arms, default: 'c' })).toEqual([
    'arms[0].next>a',
    'arms[1].next>b',
    'default>c',
  ]);
  expect(place(wait('w'))).toEqual([]);
});

test('a diamond is no cycle; edges to unknown nodes take no part', () => {
  const parallel: FlowNode = { id: 'p', type: 'parallel', branches: ['a', 'b'] };
  expect(findCycle({ nodes: [parallel, wait('a', 'c'), wait('b', 'c'), wait('c', 'ghost')] })).toBeUndefined();
});

test('nodes that share an id are one vertex', () => {
  expect(findCycle({ nodes: [wait('a', 'b'), wait('b'), wait('b', 'a')] })).toEqual(['a', 'b']);
});

test('a chain as long as the largest document costs no stack', () => {
  const nodes = Array.from({ length: 50_000 }, (_, index) => wait(`n${index}`, `n${index + 1}`));
  expect(findCycle({ nodes })).toBeUndefined();
  expect(findCycle({ nodes: [...nodes, wait('n50000', 'n0')] })).toHaveLength(50_001);
});
