import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { FlowDefinition, FlowNode } from './document.js';
import { evaluateArms, evaluateDuration, evaluateInput } from './evaluation.js';
import type { RunContext } from './expression/bindings.js';
import { applyInputDefaults } from './inputs.js';
import type { JsonObject } from './json.js';
import { SEMANTIC_CODES } from './semantic-finding.js';
import { validateSemantics } from './semantic.js';
import { validateStructure } from './structural.js';
import { subFlowTotals, type ResolveSubFlow } from './sub-flow-totals.js';
import { parseFlowYaml } from './yaml.js';

// Every fixture of flow-language 15, JSON and YAML. Sub-flow fixtures are resolved against fixtures/flows/published.
const root = new URL('../../fixtures/flows/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const readJson = (path: string) => JSON.parse(read(path)) as unknown;
const names = (folder: string) =>
  readdirSync(new URL(folder, root))
    .filter((file) => file.endsWith('.json') && !file.endsWith('.errors.json'))
    .map((file) => file.slice(0, -'.json'.length));

type Published = {
  readonly flowId: string;
  readonly version: number;
  readonly workspace: string;
  readonly definition: FlowDefinition;
};

const published = new Map(
  names('published')
    .map((name) => readJson(`published/${name}.json`) as Published)
    .filter(({ workspace }) => workspace === 'own')
    .map(({ flowId, version, definition }) => [`${flowId}.${version}`, definition]),
);

const resolveSubFlow: ResolveSubFlow = (flowId, version) => {
  const definition = published.get(`${flowId}.${version}`);
  return definition === undefined ? undefined : subFlowTotals(definition, resolveSubFlow);
};

function errorsOf(document: unknown): unknown[] {
  const structure = validateStructure(document);
  return structure.ok ? validateSemantics(structure.definition, { resolveSubFlow }) : structure.errors;
}

function yamlTwin(path: string): unknown {
  const parsed = parseFlowYaml(read(`${path}.yaml`));
  return parsed.ok ? parsed.definition : parsed.error;
}

describe('valid fixtures publish', () => {
  test.each(names('valid'))('%s', (name) => {
    const document = readJson(`valid/${name}.json`);
    expect(errorsOf(document)).toEqual([]);
  });
});

describe('invalid fixtures yield exactly their errors', () => {
  test.each(names('invalid'))('%s', (name) => {
    const document = readJson(`invalid/${name}.json`);
    expect(errorsOf(document)).toEqual(readJson(`invalid/${name}.errors.json`));
  });

  test('every code has a fixture, in the contract order where they meet', () => {
    const codes = (readJson('invalid/all-semantic-codes.errors.json') as { code: string }[]).map(({ code }) => code);
    expect([...new Set(codes)]).toEqual(SEMANTIC_CODES);
  });
});

describe('YAML twins say the same', () => {
  const twins = ['valid', 'invalid'].flatMap((folder) =>
    readdirSync(new URL(folder, root))
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => `${folder}/${file.slice(0, -'.yaml'.length)}`),
  );
  test.each(twins)('%s', (path) => {
    expect(yamlTwin(path)).toEqual(readJson(`${path}.json`));
  });
});

describe('documents of published versions and traces are valid themselves', () => {
  const documents = [
    ...names('published').map((name) => `published/${name}.json`),
    ...names('traces').map((name) => `traces/${name}.json`),
    ...names('runtime').map((name) => `runtime/${name}.json`),
  ];
  test.each(documents)('%s', (path) => {
    expect(errorsOf((readJson(path) as { definition: unknown }).definition)).toEqual([]);
  });
});

describe('run-time failure fixtures that come from expressions', () => {
  const cases = names('runtime')
    .map((name) => ({ name, ...(readJson(`runtime/${name}.json`) as RuntimeFixture) }))
    .filter(({ failure }) => failure.code.startsWith('Invalid'));

  test.each(cases)('$name: $failure.code', ({ definition, input, failure }) => {
    const state = applyInputDefaults(definition, input);
    const execution = { id: 'e', flowId: 'f', version: 1, triggerType: 'manual', startedAtMs: 0 };
    const context = { state, inputs: state, nodes: {}, execution };
    const node = definition.nodes.find(({ id }) => id === failure.nodeId);
    const result =
      node?.type === 'branch'
        ? evaluateArms(node, context)
        : node?.type === 'wait'
          ? evaluateDuration(node, context)
          : node?.type === 'task'
            ? evaluateInput(node, context)
            : undefined;
    expect(result).toMatchObject({ ok: false, code: failure.code });
  });
});

describe('expected runs agree with what the expressions of the document yield', () => {
  const runs = names('runs').map((name) => ({ name, ...(readJson(`runs/${name}.json`) as RunFixture) }));

  test('there is one for every valid document', () => {
    expect(names('runs')).toEqual(names('valid'));
  });

  test.each(runs)('$name', ({ name, input, trace, state, nodes }) => {
    const definition = readJson(`valid/${name}.json`) as FlowDefinition;
    expect(Object.keys(nodes)).toEqual(definition.nodes.map(({ id }) => id));
    expect(
      Object.keys(nodes)
        .filter((id) => nodes[id] === 'completed')
        .sort(),
    ).toEqual([...trace].sort());
    const [first] = definition.nodes;
    const inputs = applyInputDefaults(definition, input);
    const execution = { id: 'e', flowId: 'f', version: 1, triggerType: 'manual', startedAtMs: Date.UTC(2026, 0) };
    const context = { state: inputs, inputs, nodes: {}, execution };
    expect(trace[0]).toBe(first?.id);
    expect(state).toMatchObject(inputs);
    expect(chosenBy(first, context)).toBe(first?.type === 'branch' ? trace[1] : undefined);
    expect(inputOf(first, context)).toEqual(first?.type === 'sub-flow' && first.input ? state[first.id] : undefined);
  });
});

function chosenBy(node: FlowNode | undefined, context: RunContext): string | undefined {
  if (node?.type !== 'branch') {
    return undefined;
  }
  const result = evaluateArms(node, context);
  return result.ok ? (result.arm === null ? node.default : node.arms[result.arm]?.next) : result.reason;
}

/** The child of these fixtures does nothing, so its final state is its input. */
function inputOf(node: FlowNode | undefined, context: RunContext): unknown {
  if (node?.type !== 'sub-flow' || node.input === undefined) {
    return undefined;
  }
  const result = evaluateInput(node, context);
  return result.ok ? result.input : result.reason;
}

type RunFixture = {
  readonly input: JsonObject;
  readonly trace: readonly string[];
  readonly state: JsonObject;
  readonly nodes: Readonly<Record<string, string>>;
};

type RuntimeFixture = {
  readonly definition: FlowDefinition;
  readonly input: JsonObject;
  readonly failure: { readonly nodeId: string; readonly code: string };
};
