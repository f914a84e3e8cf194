import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../flow/json.js';
import type { WrittenNode } from '../../test/templates.js';
import { connectorNode, passed, refused, templateOf } from '../../test/templates.js';
import type { TextMap } from './document.js';
import { provisionWorkflow } from './document.js';
import { stepInputs } from './step-inputs.js';

type Given = {
  readonly outputs?: Readonly<Record<string, JsonObject>>;
  readonly parameters?: TextMap;
  readonly userParams?: TextMap;
};

function inputsOf(node: WrittenNode, { outputs = {}, parameters = {}, userParams = {} }: Given = {}) {
  const [first] = provisionWorkflow(templateOf([node]))!.nodes;
  return stepInputs({ workflowId: 'K1', node: first!, userParams, outputs, parameters });
}
const tool = (more: Partial<WrittenNode>): WrittenNode => ({ id: 't', type: 'create_tool', ...more });

describe('which value an input gets', () => {
  const sources = {
    previous: { previous_node_inputs: { p: 'model_id' } },
    own: { user_inputs: { model_id: 'own' } },
    params: { userParams: { model_id: 'params' } },
  };
  const node = (more: Partial<WrittenNode>): WrittenNode => ({ id: 'd', type: 'deploy_model', ...more });
  const outputs = { p: { model_id: 'previous' }, q: { model_id: 'other' } };

  test.each<[string, WrittenNode, Given]>([
    ['previous', node({ ...sources.previous, ...sources.own }), { outputs, ...sources.params }],
    ['params', node(sources.own), { outputs, ...sources.params }],
    ['own', node(sources.own), { outputs }],
    ['previous', node({}), { outputs }],
    ['own', node({ ...sources.previous, ...sources.own }), { outputs: { p: {} } }],
  ])('%s', (expected, given, more) => {
    expect(passed(inputsOf(given, more))).toEqual({ model_id: expected });
  });

  test('none is refused, naming all of them', () => {
    expect(refused(inputsOf({ id: 'i', type: 'create_index', user_inputs: {} }))).toEqual({
      status: 400,
      message: 'Missing required inputs [index_name, configurations] in workflow [K1] node [i]',
    });
  });

  test('inputs that the step does not know are not passed on', () => {
    expect(passed(inputsOf(tool({ user_inputs: { type: 'T', alias: 'x', node_timeout: '5s' } })))).toEqual({
      type: 'T',
    });
  });

  test('an output of another form than a text comes as it is', () => {
    const tools = { type: 'T', config: { list: ['${{ p }}'] } };
    const node: WrittenNode = {
      id: 'a',
      type: 'register_agent',
      previous_node_inputs: { t: 'tools' },
      user_inputs: { name: 'n', type: 'flow' },
    };
    expect(passed(inputsOf(node, { outputs: { t: { tools } }, parameters: { p: 'x' } }))['tools']).toEqual(tools);
  });
});

describe('substitution', () => {
  const outputs = {
    a: { index_name: 'docs', count: 5 },
    'b.c': { id: 'X' },
    b: { 'c.id': 'Y' },
    'd-1': { 'k.1': 'Z' },
  };
  const said = (text: Json, given: Given = { outputs }) =>
    passed(inputsOf(tool({ user_inputs: { type: 'T', description: text as string } }), given))['description'];

  test.each<[string, string]>([
    ['${{ a.index_name }}', 'docs'],
    ['<${{a.index_name}}|${{  a.index_name\n}}>', '<docs|docs>'],
    ['${{ a.nothing }}', '${{ a.nothing }}'],
    ['${{ x.index_name }}', '${{ x.index_name }}'],
    ['${{ a.count }}', '${{ a.count }}'],
    ['${{ d-1.k.1 }}', 'Z'],
    ['${{ b.c.id }}', '${{ b.c.id }}'],
    ['${{ a.toString }}', '${{ a.toString }}'],
    ['${parameters.x} ${credential.y} ${{', '${parameters.x} ${credential.y} ${{'],
  ])('%j becomes %j', (text, expected) => {
    expect(said(text)).toBe(expected);
  });

  test('parameters come after outputs, have literal names and are JSON-escaped', () => {
    const given = { outputs, parameters: { 'a.index_name': 'never', 'x.y': 'a\\b"c\nd', prefix: '${{ x.y }}' } };
    expect(said('${{ a.index_name }} ${{ x.y }} ${{prefix}} ${{ xzy }}', given)).toBe(
      'docs a\\\\b\\"c\\nd ${{ x.y }} ${{ xzy }}',
    );
  });

  test('reaches values of maps, items of lists and of lists of maps, and never the keys of maps', () => {
    const { parameters, config } = passed(
      inputsOf(
        tool({
          user_inputs: {
            type: 'T',
            parameters: { '${{ p }}': '${{ p }}', inner: { x: '${{ p }}' } },
            config: { list: ['${{ p }}'] },
          },
        }),
        { parameters: { p: 'v' } },
      ),
    );
    expect(parameters).toEqual({ '${{ p }}': 'v', inner: { x: 'v' } });
    expect(config).toEqual({ list: '["v"]' });
    const actions = [{ url: 'https://${{ p }}', headers: { h: '${{ p }}' } }];
    const { actions: shown, backend_roles } = passed(
      inputsOf(connectorNode('c', { key: '${{ p }}' }, { actions, backend_roles: ['${{ p }}'] }), {
        parameters: { p: 'v' },
      }),
    );
    expect(shown).toEqual([{ url: 'https://v', headers: { h: 'v' } }]);
    expect(backend_roles).toEqual(['v']);
  });
});

describe('structures', () => {
  const index = (configurations: unknown, given: Given = {}, type = 'create_index') => {
    const name = type === 'create_index' ? 'index_name' : 'pipeline_id';
    return passed(inputsOf({ id: 'i', type, user_inputs: { [name]: 'n', configurations } }, given))['configurations'];
  };

  test('are objects with everything substituted, keys too, and nothing can break out of its text', () => {
    const parameters = { field: 'title', text: 'say "hi"\n' };
    const sent = { properties: { '${{ field }}': { type: '${{ text }}', n: 1, no: null } } };
    const expected = { properties: { title: { type: 'say "hi"\n', n: 1, no: null } } };
    expect(index(sent, { parameters })).toEqual(expected);
    expect(index(JSON.stringify(sent), { parameters })).toEqual(expected);
  });

  test('may have a parameter without quotes when they are sent as text', () => {
    expect(index('{"shards": ${{ n }}}', { parameters: { n: '3' } })).toEqual({ shards: 3 });
    expect(index('{"shards": ${{ n }}}')).toBe('{"shards": ${{ n }}}');
  });

  test('of pipelines have real lists where a quoted one stands, of others not', () => {
    const sent = { weights: '[0.3, 0.7]', names: '${{ names }}', pattern: '[a-z]', text: 'x [1]' };
    const given = { parameters: { names: '["a","b"]' } };
    const lists = { ...sent, weights: [0.3, 0.7], names: ['a', 'b'] };
    expect(index(sent, given, 'create_search_pipeline')).toEqual(lists);
    expect(index(sent, given, 'update_ingest_pipeline')).toEqual(lists);
    expect(index(sent, given)).toEqual({ ...sent, names: '["a","b"]' });
  });
});
