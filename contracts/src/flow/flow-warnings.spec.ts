import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FlowDefinition, FlowNode } from './document.js';
import { publishWarnings } from './flow-warnings.js';
import { checkInputs } from './inputs.js';
import { MAX_WARNINGS, misfitInputs } from './warnings.js';
import { validateStructure } from './structural.js';
import { parseFlowYaml } from './yaml.js';

type Parts = Omit<Partial<FlowDefinition>, 'nodes'>;
const flow = (nodes: readonly FlowNode[], more: Parts = {}): FlowDefinition => ({
  ...{ apiVersion: 'v1.0', name: 'f', nodes },
  ...more,
});
const said = (definition: FlowDefinition) => publishWarnings(definition).map(({ code, path }) => `${code} ${path}`);

const wait = (id: string, next?: string): FlowNode => ({
  ...{ id, type: 'wait', duration: 'PT1S' },
  ...(next === undefined ? {} : { next }),
});
const say = (id: string, body: unknown, next?: string): FlowNode => ({
  ...{
    id,
    type: 'task',
    taskType: 'http.request',
    input: { url: 'https://example.com', body: { text: body } as never },
  },
  ...(next === undefined ? {} : { next }),
});
const parallel = (id: string, branches: readonly string[], next?: string): FlowNode => ({
  ...{ id, type: 'parallel', branches },
  ...(next === undefined ? {} : { next }),
});
const sequence = (id: string, steps: readonly string[], next?: string): FlowNode => ({
  ...{ id, type: 'sequence', steps },
  ...(next === undefined ? {} : { next }),
});
const either = (id: string, when: string, yes: string, no: string): FlowNode => ({
  ...{ id, type: 'branch', arms: [{ when, next: yes }], default: no },
});
const IN = '/input/body/text';

describe('W006: inputs that are not declared', () => {
  const inputs = { orderId: { type: 'string' }, limit: { type: 'number' } } as const;
  it('are named, with what was probably meant', () => {
    expect(publishWarnings(flow([say('a', '${{ inputs.oderId }}')], { inputs }))).toEqual([
      {
        ...{ code: 'FLW-W006', nodeId: 'a', path: `/nodes/0${IN}` },
        message: `/nodes/0${IN} uses the input 'oderId', which is not declared`,
        hint: 'Did you mean "orderId"?',
      },
    ]);
    const nodes = [either('b', 'inputs["max"] > 1', 'c', 'd'), wait('c'), wait('d')];
    expect(said(flow(nodes, { inputs }))).toEqual(['FLW-W006 /nodes/0/arms/0/when']);
  });

  it.each<[string, string, Parts]>([
    ['a declared one', '${{ inputs.orderId }}', { inputs }],
    ['one that is asked for first', '${{ has(inputs.x) ? inputs.x : 1 }}', { inputs }],
    ['one that is looked for first', '${{ "x" in inputs ? inputs.x : 1 }}', { inputs }],
    ['any where none is declared', '${{ inputs.x }}', {}],
    ['any where a trigger brings its own', '${{ inputs.x }}', { inputs, triggers: [{ kind: 'webhook' }] }],
    ['a variable of that name', '${{ [{"x": 1}].map(inputs, inputs.x) }}', { inputs }],
  ])('not: %s', (_what, text, more) => {
    expect(said(flow([say('a', text)], more))).toEqual([]);
  });
});

describe('W007: nodes that are never run', () => {
  it('are those no path leads to, also where they lead to each other', () => {
    const nodes = [wait('a', 'b'), wait('b'), wait('c', 'd'), wait('d')];
    expect(publishWarnings(flow(nodes))).toMatchObject([
      { code: 'FLW-W007', nodeId: 'c', path: '/nodes/2', message: '/nodes/2 is never run: no path leads to it' },
      { code: 'FLW-W007', nodeId: 'd' },
    ]);
  });

  it('not: what steps, branches, arms and defaults lead to', () => {
    const nodes = [sequence('s', ['p'], 'e'), parallel('p', ['b', 'w']), either('b', 'true', 'c', 'd')];
    expect(said(flow([...nodes, ...['w', 'c', 'd', 'e'].map((id) => wait(id))]))).toEqual([]);
  });
});

describe('W008: braces without a dollar sign', () => {
  const inputs = { orderId: { type: 'string' } } as const;
  it('around what a run has are shown with one', () => {
    expect(publishWarnings(flow([say('a', 'Order {{ inputs.orderId }}')], { inputs }))).toMatchObject([
      {
        ...{ code: 'FLW-W008', nodeId: 'a', path: `/nodes/0${IN}` },
        hint: 'Did you mean "${{ inputs.orderId }}"?',
      },
    ]);
    expect(said(flow([{ id: 'ok', type: 'approval', message: '{{orderId}} and ${{ orderId }}' }], { inputs }))).toEqual(
      ['FLW-W008 /nodes/0/message'],
    );
  });

  it.each([
    ['an expression', '${{ inputs.orderId }}'],
    ['an escaped one', '$${{ inputs.orderId }}'],
    ['maps in an expression', '${{ {"a": {"b": inputs.orderId}} }}'],
    ['a template of somebody else', 'Dear {{ customer.name }}, {{#each items}} {{this}} {{/each}}'],
    ['empty ones', '{{ }} {{}} {{ 1 }} {{ "x" }}'],
  ])('not: %s', (_what, text) => {
    expect(said(flow([say('a', text)], { inputs }))).toEqual([]);
  });
});

describe('W009: the output of a node that cannot have run', () => {
  it.each<[string, readonly FlowNode[], readonly string[]]>([
    ['itself', [say('a', '${{ nodes.a.x }}')], [`/nodes/0${IN}`]],
    ['a later one', [say('a', '${{ nodes.b.x }}', 'b'), say('b', 1)], [`/nodes/0${IN}`]],
    [
      'one of the other arm',
      [either('c', 'true', 'a', 'b'), say('a', '${{ nodes.b.x }}'), say('b', 1)],
      [`/nodes/1${IN}`],
    ],
    ['one that has none', [wait('w', 'a'), say('a', '${{ nodes.w }}')], [`/nodes/1${IN}`]],
    [
      'a later one in a branch’s arm',
      [either('c', 'nodes.b.x == 1', 'b', 'd'), say('b', 1), wait('d')],
      ['/nodes/0/arms/0/when'],
    ],
  ])('%s', (_what, nodes, paths) => {
    expect(said(flow(nodes))).toEqual(paths.map((path) => `FLW-W009 ${path}`));
  });

  it('by its bare name, where that can be no input', () => {
    const nodes = [say('a', '${{ b.x }}', 'b'), say('b', 1)];
    const inputs = { n: { type: 'number' } } as const;
    expect(said(flow(nodes, { inputs }))).toEqual([`FLW-W009 /nodes/0${IN}`]);
    expect(said(flow(nodes))).toEqual([]);
    expect(said(flow(nodes, { inputs: { ...inputs, b: { type: 'object' } } }))).toEqual([]);
  });

  it.each<[string, readonly FlowNode[]]>([
    ['one before it', [say('a', 1, 'b'), say('b', '${{ nodes.a.x }}')]],
    ['one some steps before', [say('a', 1, 'w'), wait('w', 'b'), say('b', '${{ nodes.a.x }}')]],
    ['an earlier step', [sequence('s', ['a', 'b']), say('a', 1), say('b', '${{ nodes.a.x }}')]],
    [
      'a later step, which may be a join that ran',
      [sequence('s', ['a', 'b']), say('a', '${{ nodes.b.x }}'), say('b', 1)],
    ],
    ['a branch beside it', [parallel('p', ['a', 'b']), say('a', 1), say('b', '${{ nodes.a.x }}')]],
    [
      'one in a parallel before',
      [parallel('p', ['a', 'b'], 'c'), say('a', 1), say('b', 1), say('c', '${{ nodes.a.x }}')],
    ],
    ['one of an arm before a join', [either('c', 'true', 'a', 'j'), say('a', 1, 'j'), say('j', '${{ nodes.a.x }}')]],
    ['one that is asked for first', [say('a', '${{ has(nodes.b) ? nodes.b.x : 0 }}', 'b'), say('b', 1)]],
    ['one that is looked for first', [say('a', '${{ "b" in nodes ? nodes["b"].x : 0 }}', 'b'), say('b', 1)]],
  ])('not: %s', (_what, nodes) => {
    expect(said(flow(nodes))).toEqual([]);
  });
});

describe('W010: a start whose input does not fit', () => {
  it('says which input, and what is wrong with it', () => {
    const inputs = { id: { type: 'string', required: true }, 'a/b': { type: 'number' } } as const;
    expect(misfitInputs(checkInputs({ inputs }, { 'a/b': 'x' }))).toEqual([
      { code: 'FLW-W010', nodeId: null, path: '/input/id', message: "Input 'id' is required." },
      { code: 'FLW-W010', nodeId: null, path: '/input/a~1b', message: "Input 'a/b' must be of type number." },
    ]);
  });
});

describe('all of them', () => {
  it('come in the order of the nodes, and no more than an answer has', () => {
    const nodes = [
      say('a', '${{ nodes.b.x }}'),
      ...Array.from({ length: 200 }, (_, at) => wait(`w${at}`)),
      say('b', 1),
    ];
    const warnings = publishWarnings(flow(nodes));
    expect(warnings).toHaveLength(MAX_WARNINGS);
    expect(warnings.slice(0, 2).map(({ path }) => path)).toEqual([`/nodes/0${IN}`, '/nodes/1']);
  });
});

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** Definitions of the fixtures, and those in the documents that people read. */
function corpus(): readonly (readonly [string, FlowDefinition])[] {
  const folder = 'contracts/fixtures/flows/valid/';
  const fixtures = readdirSync(new URL(folder, root)).map((file): readonly [string, unknown] => {
    const text = read(folder + file);
    return [file, file.endsWith('.json') ? JSON.parse(text) : yamlOf(text)];
  });
  const documents = ['README.md', ...readdirSync(new URL('docs/', root)).map((file) => `docs/${file}`)];
  const written = documents
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...read(file).matchAll(/^apiVersion: v1\.0\n(?:.*\n)*?(?=^(?:YAML|```)$)/gm)].map(
        ([text]): readonly [string, unknown] => [file, yamlOf(text)],
      ),
    );
  return [...fixtures, ...written].map(([name, document]) => {
    const structure = validateStructure(document as never, { maxNodes: 1000, maxTriggers: 100 });
    if (!structure.ok) throw new Error(`${name} is no flow`);
    return [name, structure.definition] as const;
  });
}

function yamlOf(text: string): unknown {
  const parsed = parseFlowYaml(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.definition;
}

it('no example of the project has a false one', () => {
  const examples = corpus();
  expect(examples.length).toBeGreaterThan(40);
  expect(examples.some(([name]) => name === 'README.md')).toBe(true);
  const warned = examples.flatMap(([name, definition]) =>
    publishWarnings(definition)
      .filter(({ code }) => !['FLW-W001', 'FLW-W002'].includes(code))
      .map(({ code, message }) => `${name}: ${code} ${message}`),
  );
  expect(warned).toEqual([]);
});
