import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  publishWarnings,
  flowSchema,
  parseFlowYaml,
  taskTypes,
  validateSemantics,
  validateStructure,
} from '@flowplane/contracts/flow';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { chainFlow, exampleFlow, failingFlow, waitFlow } from './driver/definitions.js';

const ABOUT_INPUTS: ReadonlySet<string> = new Set(['FLW-W001', 'FLW-W002']);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

type Found = { readonly from: string; readonly definition: unknown };

const validate = new Ajv({ allErrors: true, strict: false }).compile(flowSchema());
const faultsOf = (definition: unknown): readonly string[] =>
  validate(definition) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);

/** Texts in a file that may be definitions: the file itself, YAML blocks of a page, and YAML in texts of a test. */
function textsIn(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  if (file.endsWith('.md'))
    return [...text.matchAll(/(?:```ya?ml|<<'YAML')\n([\s\S]*?)\n(?:```|YAML)/g)].map(([, of = '']) => of);
  if (file.endsWith('.ts')) return [...text.matchAll(/`([^`]*apiVersion: v1\.0[^`]*)`/g)].map(([, of = '']) => of);
  return text.includes('apiVersion') ? [text] : [];
}

/** Objects that say that they are definitions, at any depth. */
function definitionsIn(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return [...('apiVersion' in value ? [value] : []), ...Object.values(value).flatMap(definitionsIn)];
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return /^(node_modules|dist.*|histories|schemas|\..*)$/.test(entry.name) ? [] : filesBelow(path);
    return /\.(md|ya?ml|json|ts)$/.test(entry.name) ? [path] : [];
  });
}

function corpus(): readonly Found[] {
  const written = filesBelow(ROOT).flatMap((from) =>
    textsIn(from)
      .flatMap((text) => definitionsIn(from.endsWith('.json') ? JSON.parse(text) : valueOf(text)))
      .map((definition) => ({ from, definition })),
  );
  const url = 'https://example.com';
  const driven = [exampleFlow(url), chainFlow(url, 3, { maxAttempts: 2 }), waitFlow('PT1S'), failingFlow()];
  return [...written, ...driven.map((definition) => ({ from: 'driver/definitions.ts', definition }))];
}

/** Null for a text that is no YAML of ours. */
function valueOf(text: string): unknown {
  const read = parseFlowYaml(text);
  return read.ok ? read.definition : null;
}

/** Publishing it would find neither an error nor a warning about an input of a task. */
function isFaultless(definition: unknown): boolean {
  const read = validateStructure(definition);
  if (!read.ok) return false;
  const resolveSubFlow = () => ({ nesting: 0, runs: 0 });
  const errors = validateSemantics(read.definition, { resolveSubFlow });
  return errors.length === 0 && publishWarnings(read.definition).every(({ code }) => !ABOUT_INPUTS.has(code));
}

const task = (taskType: string, input?: object) => ({
  ...{ apiVersion: 'v1.0', name: 'x' },
  nodes: [{ id: 'a', type: 'task', taskType, ...(input === undefined ? {} : { input }) }],
});

describe('/flow.schema.json', () => {
  it('takes every definition of the repository that has neither an error nor a warning about inputs', () => {
    const faultless = corpus().filter(({ definition }) => isFaultless(definition));
    expect(new Set(faultless.map(({ from }) => from)).size).toBeGreaterThan(50);
    const refused = faultless.map(({ from, definition }) => ({ from, faults: faultsOf(definition) }));
    expect(refused.filter(({ faults }) => faults.length > 0)).toEqual([]);
  });

  it.each(taskTypes().map((type) => [type.id, type] as const))('takes the examples of %s', (id, { examples }) => {
    for (const { input } of examples) expect(faultsOf(task(id, input))).toEqual([]);
  });

  it.each(taskTypes().map((type) => [type.id, type] as const))(
    'takes an expression in the place of every member of %s but the connection',
    (id, { inputSchema, examples }) => {
      for (const name of Object.keys(inputSchema.properties).filter((one) => one !== 'connection')) {
        const input = { ...examples[0]?.input, [name]: '${{ inputs.value }}' };
        expect(faultsOf(task(id, input))).toEqual([]);
        expect(isFaultless(task(id, input)), name).toBe(true);
      }
      const connection = { ...examples[0]?.input, connection: '${{ inputs.name }}' };
      expect(faultsOf(task(id, connection))).not.toEqual([]);
    },
  );

  it.each([
    [
      'a type that is misspelt',
      task('http.requst', { url: 'https://example.com' }),
      '/nodes/0/taskType must be equal to one of',
    ],
    [
      'a url that is missing',
      task('http.request', { method: 'GET' }),
      "/nodes/0/input must have required property 'url'",
    ],
    ['an input that is missing', task('http.request'), "/nodes/0 must have required property 'input'"],
    [
      'a member that is unknown',
      task('http.request', { url: 'u', uri: 'u' }),
      '/nodes/0/input must NOT have additional',
    ],
    [
      'a text for a number',
      task('http.request', { url: 'u', timeoutMs: '1${{ inputs.n }}' }),
      '/nodes/0/input/timeoutMs',
    ],
    ['a method that is none', task('http.request', { url: 'u', method: 'FETCH' }), '/nodes/0/input/method'],
    ['an unknown member', { ...task('http.request', { url: 'u' }), node: [] }, ' must NOT have additional properties'],
    ['a type of node', { apiVersion: 'v1.0', name: 'x', nodes: [{ id: 'a', type: 'loop' }] }, '/nodes/0/type'],
    [
      'a cron trigger without schedule',
      { ...task('http.request', { url: 'u' }), triggers: [{ kind: 'cron' }] },
      '/triggers/0',
    ],
  ])('refuses %s', (_what, definition, fault) => {
    expect(faultsOf(definition).join('\n')).toContain(fault);
  });

  it('is draft-07 with a sentence for every member, without a word of no draft', () => {
    const strict = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allowUnionTypes: true });
    expect(() => strict.compile(flowSchema())).not.toThrow();
    expect(membersWithoutSentence(flowSchema(), '')).toEqual([]);
  });
});

/** Their sentence depends on their value, or stands at the shape of the node. */
const SAID_BY_TYPE: ReadonlySet<string> = new Set(['type', 'taskType', 'input']);

/** Members of the language and of inputs of tasks; what is below a member of an input is said there. */
function membersWithoutSentence(schema: unknown, path: string): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]: [string, unknown]) => {
    if (keyword === 'if') return [];
    if (keyword !== 'properties') return membersWithoutSentence(value, path);
    return Object.entries(value as object).flatMap(([name, member]: [string, { readonly description?: string }]) => {
      const place = `${path}/${name}`;
      const own = (member.description ?? '').length > 10 || SAID_BY_TYPE.has(name) ? [] : [place];
      return [...own, ...(/\/input\/\w+$/.test(place) ? [] : membersWithoutSentence(member, place))];
    });
  });
}
