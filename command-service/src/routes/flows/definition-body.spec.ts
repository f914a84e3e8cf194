import { expect, it } from 'vitest';
import { RULES as DEFAULT_RULES } from '../../../test/definition-rules.js';
import { mayExpand, readDefinition, type DefinitionRules } from './definition-body.js';
import { asMessage, checkDefinition, isBoundedByLength, lengthOf } from './definition-checks.js';

const RULES: DefinitionRules = { ...DEFAULT_RULES, maxDefinitionBytes: 3_145_728 };
const verdictOn = (body: object) => readDefinition({ ...body }, RULES).verdict;
const flow = (canvasMetadata: object) => ({ apiVersion: 'v1.0', name: 'a', canvasMetadata, nodes: [] });

/** The fault as it was found: 742 characters that stand for 225 MB. */
const repeated = (text: string): string => Array.from({ length: 25 }, () => text).join(', ');
const BOMB = `apiVersion: v1.0
name: bomb
nodes: []
canvasMetadata:
  a0: &a0 [${repeated('1e20')}]
${[1, 2, 3, 4].map((level) => `  a${level}: &a${level} [${repeated(`*a${level - 1}`)}]`).join('\n')}
`;

it('a draft is bounded by what it expands to: aliases', () => {
  expect(verdictOn({ definition_yaml: BOMB })).toMatchObject({ status: 413, code: 'DEFINITION_TOO_LARGE' });
  expect(verdictOn({ definitionYaml: BOMB.replace('v1.0', 'v9') })).toMatchObject({ code: 'DEFINITION_TOO_LARGE' });
  expect(verdictOn({ definition_yaml: `${BOMB}  - [` })).toMatchObject({ code: 'INVALID_YAML' });
});

it('a draft is bounded by what it expands to: numbers that are longer than they were written', () => {
  const numbers = (count: number) => Array.from({ length: count }, () => 1e20);
  expect(verdictOn({ definition: flow({ a: numbers(583_000) }) })).toMatchObject({ code: 'DEFINITION_TOO_LARGE' });
  expect(verdictOn({ definition_json: flow({ a: numbers(583_000) }) })).toMatchObject({ status: 413 });
  expect(verdictOn({ definition: flow({ a: numbers(180_000) }) })?.code).not.toBe('DEFINITION_TOO_LARGE');
});

it('a draft in YAML is bounded by its values, those of its aliases counted in each place', () => {
  const of = (items: number) =>
    `apiVersion: v1.0\nname: f\nnodes: [{id: a, type: wait, duration: PT1S}]\ncanvasMetadata: {a: &a [${'0,'.repeat(items)}], b: *a}`;
  const verdict = verdictOn({ definition_yaml: of(50_000) });
  expect(verdict).toMatchObject({ status: 413, code: 'DEFINITION_TOO_LARGE' });
  expect(verdict?.message).toContain('more than 100000 values');
  expect(verdictOn({ definition_yaml: of(49_000) })).toBeNull();
});

it('an answer does not name more errors, nor longer texts, than a client can use', () => {
  const verdict = verdictOn({
    definition: { ...flow({}), nodes: [{ id: 'x'.repeat(100_000), type: 'sequence', steps: Array(10_000).fill(1) }] },
  });
  expect(verdict).toMatchObject({ code: 'FLOW_DEFINITION_INVALID' });
  expect(verdict?.message).toContain('The first 500 of 10001 errors are named.');
  expect(verdict?.errors?.length).toBeLessThan(600_000);
});

it('a body that has been read is not read again, and goes to another thread as text alone', () => {
  const members = { definition_yaml: BOMB };
  expect(isBoundedByLength({ kind: 'body', text: 'never read', members })).toBe(false);
  const small = { kind: 'body', text: 'never read', members: { definition: { name: 'a', nodes: [] } } } as const;
  expect(checkDefinition(small, RULES)).toMatchObject({ name: 'a' });
  expect(asMessage(small)).toEqual({ kind: 'body', text: 'never read' });
});

it('the loop checks only what its length bounds', () => {
  const body = (given: object) => ({ kind: 'body', text: JSON.stringify(given) }) as const;
  expect(isBoundedByLength(body({ definition_yaml: BOMB }))).toBe(false);
  expect(isBoundedByLength({ kind: 'body', text: '{"\\u0064efinition_yaml":"a: &x 1\\nb: \\u002ax"}' })).toBe(false);
  expect(isBoundedByLength(body({ definition_yaml: 'a: "*x" # *x\ncron: "*/5 * * * *"' }))).toBe(true);
  expect(isBoundedByLength(body({ definition: { nodes: [] }, definition_yaml: BOMB }))).toBe(true);
  expect(mayExpand({})).toBe(false);
  expect(lengthOf({ kind: 'draft-meaning', text: '{}', yaml: '# long', known: [] })).toBe(8);
});
