import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodeType } from './document.js';
import { compile } from './expression/compile.js';
import { hyphenatedNodeId } from './expression/static-check.js';
import { findCycle } from './graph.js';
import type { SemanticError } from './semantic-finding.js';
import { SEMANTIC_CODES } from './semantic-finding.js';
import { validateSemantics } from './semantic.js';
import { validateStructure } from './structural.js';
import { scanTemplate } from './template.js';
import { parseFlowYaml } from './yaml.js';

// Nothing that reads what a tenant wrote may throw. fast-check prints the seed of a failure.
const options = { verbose: true, numRuns: 300 };
const resolveSubFlow = () => undefined;

/** Texts made of what the languages give a meaning to, so that they get further than random letters. */
const tokens = ['${{', '}}', '$', '{', '}', '[', ']', '(', ')', '"', "'", '"""', 'r"', '\\', '.', '-', '//', '\n'];
const words = ['nodes', 'inputs', 'a', 'a-b', '1', '1.5', 'has', 'map', 'x', ',', ':', '?', '&&', '+', ' ', 'true'];
const tricky = fc.array(fc.constantFrom(...tokens, ...words), { maxLength: 30 }).map((parts) => parts.join(''));
const anyText = fc.oneof(tricky, fc.string({ unit: 'binary' }));

const id = fc.constantFrom('a', 'b', 'a-b', 'c', 'd e');
const ids = (minLength: number) => fc.array(id, { minLength, maxLength: 4 });
const input = fc.dictionary(fc.string(), fc.oneof(anyText, fc.jsonValue()));
const filled = anyText.filter((text) => text !== '');
const retryPolicy = fc.record({ maxAttempts: fc.nat().map((n) => n + 1), initialInterval: anyText });
const arms = fc.array(fc.record({ when: filled, next: id }), { minLength: 1, maxLength: 3 });
const shape = (type: NodeType, required: object, optional: object) =>
  fc.record(
    { id, type: fc.constant(type), ...required, ...optional },
    { requiredKeys: ['id', 'type', ...Object.keys(required)] as never[] },
  );
const node = fc.oneof(
  shape('sequence', { steps: ids(0) }, { next: id }),
  shape('parallel', { branches: ids(2) }, { next: id }),
  shape('task', { taskType: fc.constantFrom('http.request', 'nope') }, { next: id, input, retryPolicy }),
  shape('branch', { arms }, { default: id }),
  shape('wait', { duration: filled }, { next: id }),
  shape('approval', {}, { next: id, timeout: anyText }),
  shape('sub-flow', { flowId: id, flowVersion: fc.constantFrom('1', 'v1') }, { next: id, input }),
);
const trigger = fc.record(
  { kind: fc.constantFrom('cron', 'webhook', 'platform-event'), schedule: anyText, path: anyText, filter: anyText },
  { requiredKeys: ['kind'] },
);
const fitting = fc.record(
  {
    apiVersion: fc.constant('v1.0'),
    name: fc.constant('x'),
    nodes: fc.array(node, { minLength: 1, maxLength: 6 }),
    triggers: fc.array(trigger, { maxLength: 3 }),
    inputs: fc.dictionary(fc.string(), fc.record({ type: fc.constantFrom('string', 'object') })),
  },
  { requiredKeys: ['apiVersion', 'name', 'nodes'] },
);

/** A document with one thing somewhere replaced by any JSON value. */
const damaged = fc.tuple(fitting, fc.nat(), fc.jsonValue()).map(([document, place, value]) => {
  const copy = JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
  const holders: [Record<string, unknown>, string][] = [];
  JSON.stringify(copy, function (this: Record<string, unknown>, key: string, member: unknown) {
    holders.push([this, key]);
    return member;
  });
  const [holder, key] = holders[1 + (place % Math.max(1, holders.length - 1))] ?? [copy, 'nodes'];
  holder[key] = value;
  return copy;
});

function groupsInOrder(errors: SemanticError[]): boolean {
  const places = errors.map(({ code }) => SEMANTIC_CODES.indexOf(code));
  return places.every((place, index) => index === 0 || place >= (places[index - 1] ?? 0));
}

describe('the validators are total', () => {
  test('structure, on any JSON value', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), damaged, fitting), (document) => {
        const result = validateStructure(document);
        const entries = result.ok ? [] : result.errors;
        expect(new Set(entries.map(({ message }) => message)).size).toBe(entries.length);
        expect(entries.every(({ path, message }) => message.startsWith(`${path === '' ? '(root)' : path} must `))).toBe(
          true,
        );
      }),
      options,
    );
  });

  test('semantics, on any structurally valid document; a valid one has no cycle', () => {
    fc.assert(
      fc.property(fitting, (document) => {
        const structure = validateStructure(document);
        const definition = structure.ok ? structure.definition : undefined;
        const errors = definition === undefined ? [] : validateSemantics(definition, { resolveSubFlow });
        const cyclic = definition !== undefined && findCycle(definition) !== undefined;
        expect(structure).toMatchObject({ ok: true });
        expect(errors.some(({ code }) => code === 'FLW-E002')).toBe(cyclic);
        expect(groupsInOrder(errors)).toBe(true);
      }),
      { ...options, numRuns: 500 },
    );
  });

  test('depth does not matter', () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}"\${{ n"${']'.repeat(50_000)}`) as unknown;
    const document = {
      apiVersion: 'v1.0',
      name: 'deep',
      nodes: [{ id: 't', type: 'task', taskType: 'http.request', input: { deep } }],
      canvasMetadata: { deep },
    };
    const structure = validateStructure(document);
    expect(structure.ok && validateSemantics(structure.definition, { resolveSubFlow })).toMatchObject([
      { code: 'FLW-E005', nodeId: 't' },
    ]);
  });
});

describe('the readers of text are total', () => {
  test('the template scanner, and it loses no text', () => {
    fc.assert(
      fc.property(anyText, (template) => {
        const parts = scanTemplate(template);
        expect(parts.every((part) => part.kind !== 'text' || part.text !== '')).toBe(true);
        const texts = parts.map((part) => (part.kind === 'text' ? part.text : '')).join('');
        const plain = !template.includes('${{');
        expect(plain ? texts : template).toBe(template);
      }),
      { ...options, numRuns: 2000 },
    );
  });

  test('the expression compiler and the hyphen check', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(typeof compile(text).ok).toBe('boolean');
        hyphenatedNodeId(text, new Set(['a-b']));
      }),
      { ...options, numRuns: 2000 },
    );
  });

  test('the YAML reader', () => {
    const yaml = fc.oneof(
      anyText,
      fc
        .array(fc.constantFrom('a: ', '- ', '&x ', '*x', '{', '}', '[', ']', '\n', ' ', '!t ', '"', '%', '---'))
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(yaml, (text) => {
        const result = parseFlowYaml(text);
        expect(result.ok || (result.error.line >= 1 && result.error.column >= 1)).toBe(true);
      }),
      { ...options, numRuns: 1000 },
    );
  });
});
