import { describe, expect, it } from 'vitest';
import { contextFor, isTemplated } from './context-for.js';
import { openValues } from './run-values.js';

const big = 'x'.repeat(100_000);
const values = openValues({ a: big, b: 1 }, { 'n-1': { big }, n2: { big } });
const keysFor = (...whens: string[]): string[] => {
  const { inputs, nodes } = contextFor({ kind: 'arms', whens }, values);
  return [...Object.keys(inputs), ...Object.keys(nodes)];
};
const ALL = ['a', 'b', 'n-1', 'n2'];

describe('what an evaluation is given of a large state', () => {
  it.each([
    ['n2.x == 1', ['n2']],
    ['nodes.n2.x == 1', ['n2']],
    ['nodes["n-1"].x == 1', ['n-1']],
    ["inputs['b'] == 1", ['b']],
    ['"n-1" in nodes', ALL],
    ['size(nodes) > 0', ALL],
    ['nodes["n" + "2"].x == 1', ALL],
    ['nodes.exists(k, k == "q")', ALL],
    ['nodes.map (k, k) == []', ALL],
    ['nodes["n\\x2d1"].x', ALL],
    ['inputs[execution.id] == 1', ALL],
    ['(true ? nodes : inputs).q', ALL],
  ])('%s', (when, keys) => {
    expect(keysFor(when)).toEqual(keys);
  });

  it('is everything of a small one', () => {
    const small = openValues({ a: 1 }, { n: { x: 1 } });
    expect(contextFor({ kind: 'arms', whens: ['true'] }, small)).toEqual({ inputs: { a: 1 }, nodes: { n: { x: 1 } } });
  });
});

describe('templated values', () => {
  it.each([
    ['a', false],
    ['$', false],
    ['${{ a }}', true],
    ['$${{ a }}', true],
    [{ a: [{ b: 'x${{ a }}' }] }, true],
    [{ '${{ a }}': 'x' }, false],
    [[null, 1, true], false],
  ])('%j is %s', (value, expected) => {
    expect(isTemplated(value)).toBe(expected);
  });
});
