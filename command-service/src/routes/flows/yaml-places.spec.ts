import { describe, expect, test } from 'vitest';
import type { DefinitionRules } from './definition-body.js';
import { checkDefinition } from './definition-checks.js';

const RULES: DefinitionRules = {
  echoTasks: false,
  strictInputs: false,
  maxTriggers: 100,
  cronMinIntervalMs: 1000,
  maxNodes: 1000,
  maxBodyBytes: 4_000_000,
  maxDefinitionBytes: 300_000,
  exprMaxLength: 4096,
  subFlowMaxDepth: 10,
};
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
