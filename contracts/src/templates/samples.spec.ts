import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../flow/json.js';
import { isJsonObject } from '../flow/json.js';
import { countedIds, passed } from '../../test/templates.js';
import { readTemplateBody, writeTemplateBody } from './body.js';
import { takeCredentials } from './credentials.js';
import { planProvision } from './plan-provision.js';
import { readTemplate } from './read-template.js';
import { showTemplate } from './show-template.js';
import { validateTemplate } from './validation.js';

// Templates with the structure of those that Flow Framework publishes as samples: they have to be taken unchanged.
const root = new URL('../../fixtures/templates/', import.meta.url);
const names = readdirSync(root).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []));
const SHOW = { user: false, tenant: false, uiMetadata: true };

const bodyOf = (name: string, format: 'json' | 'yaml'): Json =>
  passed(readTemplateBody(readFileSync(new URL(`${name}.${format}`, root), 'utf8'), format, 4_000_000)) as Json;
const shown = (document: unknown): JsonObject => showTemplate(passed(readTemplate(document)), SHOW);
const at = (value: Json, ...path: (string | number)[]): Json =>
  path.reduce<Json>((inner, key) => (inner as never)[key], value);

/** What GET may change of a user input (provisioning 3.3 and 17). */
function asShown(name: string, value: Json): Json | undefined {
  if (name === 'credential') return undefined;
  if (isJsonObject(value) && ['configurations', 'interface', 'llm'].includes(name)) return JSON.stringify(value);
  return name === 'guardrails' ? value : asMap(value, 0);
}

function asMap(value: Json, depth: number): Json {
  if (isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asMap(member, depth + 1)]));
  }
  if (Array.isArray(value)) {
    return depth === 0 ? value.map((item) => asMap(item, 1)) : JSON.stringify(value);
  }
  return depth === 0 ? value : String(value);
}

test('there are at least ten, in JSON and in YAML', () => {
  expect(names.length).toBeGreaterThanOrEqual(10);
});

describe.each(names)('%s', (name) => {
  const sent = bodyOf(name, 'json');

  test('is the same in YAML', () => {
    expect(bodyOf(name, 'yaml')).toEqual(sent);
  });

  test('is shown as it was sent, but for what the specification says', () => {
    const { workflows: _, description = '', ...rest } = sent as JsonObject;
    const { workflows: __, ...shownRest } = shown(sent);
    expect(shownRest).toEqual({ ...rest, ...(description === '' ? {} : { description }) });
    for (const [key, workflow] of Object.entries(at(sent, 'workflows') as JsonObject)) {
      const {
        user_params = {},
        nodes,
        edges = [],
      } = workflow as { user_params?: Json; nodes: JsonObject[]; edges?: Json[] };
      const result = at(shown(sent), 'workflows', key) as { user_params: Json; nodes: JsonObject[]; edges: Json[] };
      expect(result.user_params).toEqual(user_params);
      expect(result.nodes).toEqual(
        nodes.map(({ previous_node_inputs = {}, user_inputs = {}, ...node }) => ({
          ...node,
          previous_node_inputs,
          user_inputs: Object.fromEntries(
            Object.entries(user_inputs as JsonObject).flatMap(([input, value]) => {
              const expected = asShown(input, value);
              return expected === undefined ? [] : [[input, expected] as const];
            }),
          ),
        })),
      );
      expect(result.edges.slice(0, edges.length)).toEqual(edges);
      const implied = nodes.flatMap(({ id, previous_node_inputs = {} }) =>
        Object.keys(previous_node_inputs as object).map((source) => ({ source, dest: id })),
      );
      expect(result.edges).toEqual(expect.arrayContaining(implied));
      expect(new Set(result.edges.map((edge) => JSON.stringify(edge))).size).toBe(result.edges.length);
    }
  });

  test('stays as it is shown when it is sent back, in both formats', () => {
    const once = shown(sent);
    expect(shown(once)).toEqual(once);
    const yaml = writeTemplateBody(once, 'yaml');
    expect(shown(passed(readTemplateBody(yaml, 'yaml', 4_000_000)))).toEqual(once);
  });

  test('passes validation and has a plan', () => {
    const template = passed(readTemplate(sent));
    passed(validateTemplate(template, { maxSteps: 50, plugins: ['opensearch-ml'] }));
    const taken = takeCredentials(template, countedIds());
    const plan = passed(planProvision(taken.template, {}, { workflowId: 'K1', maxSteps: 50 }));
    expect(plan.nodes.length).toBe((at(sent, 'workflows', 'provision', 'nodes') as Json[]).length);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });
});
