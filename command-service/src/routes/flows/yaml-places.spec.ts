import { describe, expect, test } from 'vitest';
import { RULES } from '../../../test/definition-rules.js';
import { checkDefinition } from './definition-checks.js';

const bodyOf = (yaml: string) =>
  checkDefinition({ kind: 'body', text: JSON.stringify({ name: 'x', definition_yaml: yaml }) }, RULES).verdict;

describe('a refusal of what was written as YAML says where', () => {
  test('text that is no YAML', () => {
    expect(bodyOf('name: x\nnodes: [1,\n')?.message).toMatch(/^Line \d+, column \d+: /);
    expect(bodyOf('name: x\nname: y\n')?.message).toContain('Line 2, column 1: ');
  });

  test('a wrong shape: one place for each error, in their order', () => {
    const verdict = bodyOf('apiVersion: v1.0\nname: x\nnodes:\n  - { id: a, type: task }\n  - id: b\n    type: wat\n');
    expect(JSON.parse(verdict?.errors ?? '')).toHaveLength(2);
    expect(verdict?.message).toBe(
      'The definition does not have the shape of a flow. In the YAML, line:column in the order of the errors: 4:5, 6:5',
    );
  });

  test('a stored draft that means nothing, in its kept YAML; as JSON without places', () => {
    const yaml = 'apiVersion: v1.0\nname: x\nnodes:\n  # a comment\n  - { id: a, type: sequence, steps: [gone] }\n';
    const text = JSON.stringify({
      apiVersion: 'v1.0',
      name: 'x',
      nodes: [{ id: 'a', type: 'sequence', steps: ['gone'] }],
    });
    const check = { kind: 'draft-meaning', text, known: [] } as const;
    expect(checkDefinition({ ...check, yaml }, RULES)?.message).toBe(
      'The flow is not valid. In the YAML, line:column in the order of the errors: 5:38',
    );
    expect(checkDefinition(check, RULES)?.message).toBe('The flow is not valid.');
  });

  test('many errors: the first twenty, and that there are more', () => {
    const nodes = Array.from({ length: 25 }, (_, n) => `  - { id: n${n} }`).join('\n');
    const message = bodyOf(`apiVersion: v1.0\nname: x\nnodes:\n${nodes}\n`)?.message ?? '';
    expect(message.match(/\d+:\d+/g)).toHaveLength(20);
    expect(message.endsWith(' …')).toBe(true);
  });
});

describe('each error of a refusal', () => {
  const errorsOf = (verdict: { readonly errors: string | null } | null): unknown => JSON.parse(verdict?.errors ?? '[]');

  test('says line and column where it was written as YAML, and what was probably meant', () => {
    const yaml = 'apiVersion: v1.0\nname: x\nnodes:\n  - id: a\n    type: wait\n    duration: PT1S\n    nxt: a\n';
    expect(errorsOf(bodyOf(yaml))).toEqual([
      {
        ...{ code: 'FLW-E000', nodeId: 'a', path: '/nodes/0', line: 4, column: 5, hint: 'Did you mean "next"?' },
        message: '/nodes/0 must not have additional properties ("nxt")',
      },
    ]);
  });

  test('has no place where it was sent as JSON', () => {
    const definition = {
      apiVersion: 'v1.0',
      name: 'x',
      nodes: [{ id: 'a', type: 'wait', duration: 'PT1S', nxt: 'a' }],
    };
    const check = { kind: 'body', text: JSON.stringify({ name: 'x', definition }) } as const;
    expect(errorsOf(checkDefinition(check, RULES).verdict)).toEqual([
      expect.not.objectContaining({ line: expect.anything() as number }),
    ]);
  });

  test('of text that is no YAML says where', () => {
    expect(errorsOf(bodyOf('name: x\nname: y\n'))).toEqual([{ line: 2, column: 1, message: expect.any(String) }]);
  });

  test('of meaning has them as well', () => {
    const yaml = 'apiVersion: v1.0\nname: x\nnodes:\n  - { id: rest, type: sequence, steps: [rset] }\n';
    const text = '{"apiVersion":"v1.0","name":"x","nodes":[{"id":"rest","type":"sequence","steps":["rset"]}]}';
    const check = { kind: 'draft-meaning', text, known: [], yaml } as const;
    expect(errorsOf(checkDefinition(check, RULES))).toEqual([
      expect.objectContaining({ code: 'FLW-E003', line: 4, column: 41, hint: 'Did you mean "rest"?' }),
    ]);
  });
});
