import { describe, expect, test } from 'vitest';
import { passed, refused, templateOf, written } from '../../test/templates.js';
import { readTemplateBody, writeTemplateBody } from './body.js';
import { provisionWorkflow } from './document.js';
import { readTemplate } from './read-template.js';
import { showTemplate } from './show-template.js';

const INVALID = 'IOException: template content invalid for specified Content-Type.';
const SHOW = { user: false, tenant: false, uiMetadata: true };

const inputsOf = (user_inputs: object) =>
  provisionWorkflow(templateOf([{ id: 'a', user_inputs }]))?.nodes[0]?.userInputs;
const shownInputsOf = (user_inputs: object) => {
  const shown = showTemplate(templateOf([{ id: 'a', user_inputs }]), SHOW) as never as {
    workflows: { provision: { nodes: { user_inputs: object }[] } };
  };
  return shown.workflows.provision.nodes[0]?.user_inputs;
};
const messageOf = (document: unknown) => refused(readTemplate(document)).message;

describe('what cannot be read', () => {
  const node = (more: object) => ({
    name: 'n',
    workflows: { provision: { nodes: [{ id: 'a', type: 'noop', ...more }] } },
  });
  const edge = (more: object) => ({
    name: 'n',
    workflows: { provision: { nodes: [{ id: 'a', type: 'noop' }], edges: [more] } },
  });
  test.each<[string, unknown, string]>([
    ['an unknown top-level field', { name: 'n', nodes: [] }, 'Unable to parse field [nodes] in a template object.'],
    [
      'a field of Object.prototype',
      { name: 'n', constructor: 1 },
      'Unable to parse field [constructor] in a template object.',
    ],
    ['no name', { description: 'd' }, 'A template object requires a name.'],
    ['a null name', { name: null }, 'A template object requires a name.'],
    [
      'another key of the version',
      { name: 'n', version: { tempalte: '1.0.0' } },
      'Unable to parse field [version] in a version object.',
    ],
    ['a version that is none', { name: 'n', version: { template: '1.0' } }, INVALID],
    ['no nodes', { name: 'n', workflows: { provision: {} } }, 'A workflow must have at least one node.'],
    ['empty nodes', { name: 'n', workflows: { provision: { nodes: [] } } }, 'A workflow must have at least one node.'],
    [
      'a node without a type',
      { name: 'n', workflows: { provision: { nodes: [{ id: 'a' }] } } },
      'An node object requires both an id and type field.',
    ],
    ['another key of a node', node({ inputs: {} }), 'Unable to parse field [inputs] in a node object.'],
    ['a null input', node({ user_inputs: { delay: null } }), 'Unable to parse field [delay] in a node object.'],
    [
      'a null in a map',
      node({ user_inputs: { parameters: { a: null } } }),
      'Unable to parse field [parameters] in a node object.',
    ],
    ['an edge without a dest', edge({ source: 'a' }), 'An edge object requires both a source and dest field.'],
    [
      'another key of an edge',
      edge({ source: 'a', dest: 'a', weight: 1 }),
      'Unable to parse field [weight] in an edge object.',
    ],
    [
      'a processor without a type',
      node({ user_inputs: { processors: [{ params: {} }] } }),
      'A processor object requires a type field.',
    ],
    [
      'a tool that is no text',
      node({ user_inputs: { tools_order: [{ id: 'a' }] } }),
      'Unable to parse field [tools_order] in a node object.',
    ],
    ['nodes that are no list', { name: 'n', workflows: { provision: { nodes: {} } } }, INVALID],
    ['a name that is an object', { name: {} }, INVALID],
    ['a list', [], INVALID],
    ['a text', 'name', INVALID],
    ['nothing', undefined, INVALID],
  ])('%s', (_, document, message) => {
    expect(refused(readTemplate(document))).toEqual({ status: 400, message });
  });

  test('nesting beyond a thousand levels, of any depth', () => {
    for (const depth of [1001, 100_000]) {
      let deep: unknown = 1;
      for (let level = 0; level < depth; level++) deep = { deep };
      expect(messageOf({ name: 'n', ui_metadata: { deep } })).toBe(INVALID);
    }
  });

  test('a key of more than 50,000 characters', () => {
    expect(messageOf({ name: 'n', ui_metadata: { ['k'.repeat(50_001)]: 1 } })).toBe(INVALID);
  });
});

describe('user inputs', () => {
  test('texts, numbers and booleans are kept', () => {
    expect(inputsOf({ a: 'x', b: 2, c: 0.5, d: false })).toEqual({ a: 'x', b: 2, c: 0.5, d: false });
  });

  test('objects of configurations, interface and llm are shown as one JSON text, and texts stay as they are', () => {
    const sent = { configurations: { a: [1, null] }, interface: '{ "a": 1 }', llm: { parameters: { n: 5 } } };
    expect(inputsOf(sent)).toEqual(sent);
    expect(shownInputsOf(sent)).toEqual({
      configurations: '{"a":[1,null]}',
      interface: '{ "a": 1 }',
      llm: '{"parameters":{"n":5}}',
    });
  });

  test('values of other maps become texts, at any depth', () => {
    expect(shownInputsOf({ parameters: { n: 5, yes: true, inner: { x: 0.5 }, list: ['a', 1] } })).toEqual({
      parameters: { n: '5', yes: 'true', inner: { x: '0.5' }, list: '["a",1]' },
    });
  });

  test('lists are lists of texts or of maps', () => {
    expect(
      shownInputsOf({
        tools_order: ['a', 'b'],
        backend_roles: ['r'],
        actions: [{ method: 'POST', headers: { n: 1 }, codes: [1] }],
        processors: [{ type: 't', params: { a: 1 } }],
      }),
    ).toEqual({
      tools_order: ['a', 'b'],
      backend_roles: ['r'],
      actions: [{ method: 'POST', headers: { n: '1' }, codes: '[1]' }],
      processors: [{ type: 't', params: { a: '1' } }],
    });
  });

  test('guardrails keep their structure', () => {
    const guardrails = { type: 'local_regex', input_guardrail: { regex: ['.*'], limit: 1 } };
    expect(shownInputsOf({ guardrails })).toEqual({ guardrails });
  });

  test('a key named __proto__ is a key like any other', () => {
    const inputs = JSON.parse('{"parameters":{"__proto__":{"a":1}}}') as object;
    expect(JSON.stringify(shownInputsOf(inputs))).toBe('{"parameters":{"__proto__":{"a":"1"}}}');
  });
});

describe('what is shown', () => {
  test('a document with everything comes back', () => {
    const document = {
      name: ' demo ',
      description: ' d ',
      use_case: 'U',
      version: { template: '1.0.0', compatibility: ['2.19.0', '3.0.0'] },
      workflows: {
        provision: { user_params: { p: 'v' }, nodes: [{ id: 'a', type: 'noop' }], extra: 'ignored' },
        other: { nodes: [{ id: 'b', type: 'noop' }] },
      },
      ui_metadata: { zoom: 1.5 },
      user: { name: 'ann' },
      created_time: 1,
      last_updated_time: 2,
      last_provisioned_time: 3,
      tenant_id: 't',
      all_shared_principals: ['p'],
    };
    const node = (id: string) => ({ id, type: 'noop', previous_node_inputs: {}, user_inputs: {} });
    const shown = {
      ...document,
      name: 'demo',
      description: 'd',
      workflows: {
        provision: { user_params: { p: 'v' }, nodes: [node('a')], edges: [] },
        other: { user_params: {}, nodes: [node('b')], edges: [] },
      },
    };
    const template = passed(readTemplate(document));
    expect(showTemplate(template, { user: true, tenant: true, uiMetadata: true })).toEqual(shown);
    const { user: _u, tenant_id: _t, ui_metadata: _m, ...rest } = shown;
    expect(showTemplate(template, { user: false, tenant: false, uiMetadata: false })).toEqual(rest);
  });

  test('null and empty parts are left out', () => {
    const document = { name: 'n', description: null, use_case: ' ', version: {}, workflows: {}, ui_metadata: {} };
    expect(showTemplate(passed(readTemplate(document)), SHOW)).toEqual({ name: 'n' });
  });

  test('implied edges stand behind the explicit ones, each once', () => {
    const previous_node_inputs = { a: 'index_name', b: 'x' };
    const template = templateOf(
      [{ id: 'a' }, { id: 'b' }, { id: 'c', previous_node_inputs }],
      [
        ['b', 'c'],
        ['a', 'b'],
      ],
    );
    expect(provisionWorkflow(template)?.edges).toEqual([
      { source: 'b', dest: 'c' },
      { source: 'a', dest: 'b' },
      { source: 'a', dest: 'c' },
    ]);
  });

  test('no credential, at any depth and in any form', () => {
    const shown = JSON.stringify(
      shownInputsOf({
        credential: { key: 'SECRET' },
        parameters: { credential: 'SECRET', inner: { credential: { a: 'SECRET' } }, list: [{ credential: 'SECRET' }] },
        actions: [{ credential: { a: 'SECRET' }, method: 'POST' }],
        configurations: { deep: [{ credential: { a: 'SECRET' } }] },
        llm: '{"credential":{"a":"SECRET"},"b":1}',
      }),
    );
    expect(shown).not.toContain('SECRET');
    expect(shown).not.toContain('"credential');
    expect(JSON.parse(shown)).toMatchObject({ actions: [{ method: 'POST' }], llm: '{"b":1}' });
  });
});

describe('bodies', () => {
  test('JSON and YAML are read, and answers are written in both', () => {
    const yaml = 'name: demo\nversion: { template: 1.0.0 }\n';
    expect(passed(readTemplateBody(yaml, 'yaml', 1000))).toEqual({ name: 'demo', version: { template: '1.0.0' } });
    expect(passed(readTemplateBody('{"name":"demo"}', 'json', 1000))).toEqual({ name: 'demo' });
    expect(writeTemplateBody({ workflow_id: 'K1' }, 'yaml')).toBe('---\nworkflow_id: K1\n');
    expect(writeTemplateBody({ workflow_id: 'K1' }, 'json')).toBe('{"workflow_id":"K1"}');
  });

  test.each<[string, string, 'json' | 'yaml']>([
    ['no JSON', '{"name":', 'json'],
    ['no YAML', 'name: [', 'yaml'],
    ['two documents', 'name: a\n---\nname: b\n', 'yaml'],
    [
      'aliases that multiply',
      `a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b]\n`,
      'yaml',
    ],
    ['more bytes than are legal', JSON.stringify({ name: 'n'.repeat(1000) }), 'json'],
  ])('%s', (_, text, format) => {
    expect(refused(readTemplateBody(text, format, 1000))).toEqual({ status: 400, message: INVALID });
  });

  test('a document with one node is legal as JSON text', () => {
    expect(
      passed(readTemplate(passed(readTemplateBody(JSON.stringify(written([{ id: 'a' }])), 'json', 1000)))).name,
    ).toBe('written');
  });
});
