import { describe, expect, test } from 'vitest';
import type { Json } from './json.js';
import { compactBytes } from './json-size.js';
import { parseFlowYaml } from './yaml.js';

function definitionOf(text: string) {
  const result = parseFlowYaml(text);
  return result.ok ? result.definition : result.error;
}

describe('parseFlowYaml', () => {
  test('core schema: comments, anchors, block texts, numbers', () => {
    const text = '# c\na: &x [1, 0x10, 1.5, true, ~]\nb: *x\nc: |\n  two\n  lines\nd: 2026-01-01\n"1": yes\n';
    expect(definitionOf(text)).toEqual({
      a: [1, 16, 1.5, true, null],
      b: [1, 16, 1.5, true, null],
      c: 'two\nlines\n',
      d: '2026-01-01',
      '1': 'yes',
    });
  });

  test('an own key __proto__ stays data', () => {
    const definition = definitionOf('__proto__: {polluted: true}');
    expect(Object.keys(definition)).toEqual(['__proto__']);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test.each([
    ['not a mapping', '- a\n', 1, 1],
    ['empty', '', 1, 1],
    ['only a comment', '# nothing\n', 1, 1],
    ['syntax', 'a: 1\nb: [1, 2\n', 3, 1],
    ['duplicate key', 'a: 1\nb:\n  c: 1\n  c: 2\n', 4, 3],
    ['number as key', 'a: 1\n2: b\n', 2, 1],
    ['boolean as key', 'a: {true: 1}\n', 1, 5],
    ['null as key', '~: 1\n', 1, 1],
    ['mapping as key', '? {a: 1}\n: 2\n', 1, 3],
    ['custom tag', 'a: 1\nb: !secret x\n', 2, 4],
    ['tag of YAML 1.1', 'b: !!binary aGk=\n', 1, 4],
    ['two documents', 'a: 1\n---\nb: 2\n', 2, 1],
    ['integer beyond 2^53', 'a: 1\nb: [3544790567247868102]\n', 2, 5],
    ['negative integer beyond 2^53', 'a: -9007199254740993\n', 1, 4],
    ['hexadecimal integer beyond 2^53', 'a: 0x20000000000001\n', 1, 4],
    ['octal integer beyond 2^53', 'a: 0o400000000000000001\n', 1, 4],
    ['YAML 1.1', '%YAML 1.1\n---\na: yes\n', 1, 1],
    ['unresolved alias', 'a: *nowhere\n', 1, 4],
    ['not a number', 'a: .nan\n', 1, 4],
    ['alias of itself', 'a: &x [*x]\n', 1, 1],
    ['alias of a node that contains it', 'a: &x {b: [1, {c: *x}]}\n', 1, 1],
  ])('%s is refused with its place', (_, text, line, column) => {
    expect(definitionOf(text)).toMatchObject({ code: 'INVALID_YAML', line, column });
  });

  test('at most 100 aliases; what nested ones expand to is for the caller to measure, and costs nothing here', () => {
    const aliases = (count: number) => `a: &x 1\nb: [${Array.from({ length: count }, () => '*x').join(', ')}]\n`;
    expect(definitionOf(aliases(100))).toMatchObject({ a: 1 });
    expect(definitionOf(aliases(101))).toMatchObject({ code: 'INVALID_YAML', line: 2 });
    const levels = Array.from({ length: 9 }, (_, level) => {
      const previous = Array.from({ length: 10 }, () => `*l${level}`).join(', ');
      return `l${level + 1}: &l${level + 1} [${previous}]`;
    });
    const bomb = definitionOf(`l0: &l0 x\n${levels.join('\n')}\n`);
    expect(Object.keys(bomb)).toHaveLength(10);
    expect(compactBytes(bomb as Json, 4_000_000)).toBeUndefined();
  });

  test('nesting is bounded where aliases are nested, too', () => {
    const nested = (depth: number, inner: string) => '['.repeat(depth) + inner + ']'.repeat(depth);
    const lines = Array.from({ length: 3 }, (_, at) => `a${at + 1}: &a${at + 1} ${nested(200, `*a${at}`)}`);
    const text = `a0: &a0 x\n${lines.join('\n')}\n`;
    expect(definitionOf(text)).toMatchObject({ code: 'INVALID_YAML', message: 'nested deeper than 500 levels' });
    expect(definitionOf(text.split('\n').slice(0, 2).join('\n'))).toMatchObject({ a0: 'x' });
  });

  test('depth and size end in an answer', () => {
    expect(definitionOf(`a: ${'['.repeat(100_000)}`)).toMatchObject({ code: 'INVALID_YAML' });
  });

  test('pointers are located, the nearest ancestor when there is no such value', () => {
    const result = parseFlowYaml('name: x\nnodes:\n  - id: a\n    "in/put": { k~: [1, two] }\n  - b\n');
    const locate = (pointer: string) => (result.ok ? result.locate(pointer) : undefined);
    expect(locate('')).toEqual({ line: 1, column: 1 });
    expect(locate('/nodes')).toEqual({ line: 2, column: 1 });
    expect(locate('/nodes/0')).toEqual({ line: 3, column: 5 });
    expect(locate('/nodes/0/in~1put/k~0/1')).toEqual({ line: 4, column: 25 });
    expect(locate('/nodes/0/type')).toEqual({ line: 3, column: 5 });
    expect(locate('/nodes/1')).toEqual({ line: 5, column: 5 });
  });
});
