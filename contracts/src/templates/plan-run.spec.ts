import { describe, expect, test } from 'vitest';
import type { WrittenNode } from '../../test/templates.js';
import { connectorNode, countedIds, indexNode, passed, refused, templateOf } from '../../test/templates.js';
import { takeCredentials } from './credentials.js';
import type { Template, TemplateResource } from './document.js';
import { provisionWorkflow } from './document.js';
import { shownRunPlan } from './plan-answer.js';
import { planProvision, planResume } from './plan-provision.js';
import { planReprovision } from './plan-reprovision.js';
import { readTemplate } from './read-template.js';

const OPTIONS = { workflowId: 'K1', maxSteps: 50 };
const resource = (name: string, id: string, type: string, value: string): TemplateResource => ({
  workflow_step_name: name,
  workflow_step_id: id,
  resource_type: type,
  resource_id: value,
});
const indexResource = (id: string) => resource('create_index', id, 'index_name', `${id}-index`);
const tool = (id: string, more: Partial<WrittenNode> = {}): WrittenNode => ({
  id,
  type: 'create_tool',
  user_inputs: { type: 'T' },
  ...more,
});
const reindex = (id: string, more: Partial<WrittenNode> = {}): WrittenNode => ({
  id,
  type: 'reindex',
  user_inputs: { source_index: 'a', destination_index: 'b' },
  ...more,
});
const after = (id: string) => ({ previous_node_inputs: { [id]: 'nothing' } });

describe('the plan of a provisioning', () => {
  test('creates every node, in order, with all that a run needs', () => {
    const template = templateOf(
      [indexNode('i', { previous_node_inputs: { n: 'x' } }), { id: 'n', user_inputs: { node_timeout: '3s' } }],
      [],
      { user_params: { p: 'v' } },
    );
    const plan = passed(planProvision(template, { a: 'b', s: { $secret: 's1' } }, OPTIONS));
    expect(plan).toEqual({
      workflowId: 'K1',
      kind: 'provision',
      userParams: { p: 'v' },
      parameters: { a: 'b', s: { $secret: 's1' } },
      nodes: [
        {
          id: 'n',
          type: 'noop',
          action: 'create',
          previousNodeInputs: {},
          userInputs: { node_timeout: '3s' },
          predecessors: [],
          dependsOn: [],
          timeoutMs: 3000,
          repeatable: true,
        },
        {
          id: 'i',
          type: 'create_index',
          action: 'create',
          previousNodeInputs: { n: 'x' },
          userInputs: { index_name: 'i-index', configurations: {} },
          predecessors: ['n'],
          dependsOn: ['n'],
          timeoutMs: 10_000,
          repeatable: false,
        },
      ],
    });
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(shownRunPlan(provisionWorkflow(template)!.nodes, plan, [])).toEqual([
      { node_id: 'i', type: 'create_index', action: 'create', resource: null },
      { node_id: 'n', type: 'noop', action: 'create', resource: null },
    ]);
  });

  test('needs a workflow that is a graph', () => {
    const none = passed(readTemplate({ name: 'n', workflows: { other: { nodes: [{ id: 'a', type: 'noop' }] } } }));
    expect(refused(planProvision(none, {}, OPTIONS))).toEqual({
      status: 400,
      message: 'Workflow K1 has no provision workflow.',
    });
    expect(refused(planProvision(templateOf([{ id: 'a', type: 'nope' }]), {}, OPTIONS)).status).toBe(501);
  });
});

describe('a parameter that ends in a credential', () => {
  const tool = (inputs: object) => ({ id: 't', type: 'create_tool', user_inputs: { type: 'X', ...inputs } });
  const parameters = { key: { $secret: 's1' }, plain: 'p' };
  const plan = (node: WrittenNode, more: object = {}) =>
    planProvision(templateOf([node], [], more), parameters, OPTIONS);

  test.each<readonly [string, WrittenNode, object]>([
    ['the configuration of a tool', tool({ config: { a: 'Bearer ${{ key }}' } }), {}],
    ['the parameters of a tool', tool({ parameters: { a: '${{key}}' } }), {}],
    ['a tool by way of user_params', tool({}), { user_params: { description: '${{ key }}' } }],
    ['the name of an index', indexNode('t', { user_inputs: { index_name: 'i-${{ key }}', configurations: {} } }), {}],
  ])('is refused in %s', (_where, node, more) => {
    const { status, message } = refused(plan(node, more));
    expect([status, message]).toEqual([
      400,
      expect.stringMatching(/^Invalid workflow, node \[t\] of type create_\w+ cannot use the parameter \[key\]/),
    ]);
    const resumed = planResume(templateOf([node], [], more), [], [], parameters, OPTIONS);
    expect(refused(resumed).status).toBe(400);
  });

  test('may stand where nothing is put out, and others anywhere', () => {
    const settings = { 'index.x': '${{ key }}' };
    const index = { index_name: 'i-${{ plain }}', configurations: { settings } };
    expect(plan(indexNode('t', { user_inputs: index }))).toMatchObject({ ok: true });
    const unused = { user_params: { other: '${{ key }}' } };
    expect(plan(tool({ config: { a: '${{ plain }}' } }), unused)).toMatchObject({ ok: true });
  });
});

describe('the plan that goes on with a failed run', () => {
  test('keeps what has its resource, leaves out what is done, evaluates tools again and creates the rest', () => {
    const template = templateOf([
      indexNode('i'),
      reindex('r', after('i')),
      tool('t', after('r')),
      indexNode('j', after('r')),
      { id: 'n', ...after('j') },
    ]);
    const plan = passed(planResume(template, [indexResource('i')], ['i', 'r', 't'], {}, OPTIONS));
    expect(plan.kind).toBe('resume');
    expect(plan.nodes.map(({ id, action, dependsOn, outputs }) => [id, action, dependsOn, outputs])).toEqual([
      ['i', 'keep', [], { index_name: 'i-index' }],
      ['t', 'evaluate', ['i'], undefined],
      ['j', 'create', ['i'], undefined],
      ['n', 'create', ['j'], undefined],
    ]);
  });

  test('makes the update that did not end well, of what has one', () => {
    const template = templateOf([indexNode('i'), indexNode('j', after('i')), connectorNode('c', { key: 'K' })]);
    const resources = [indexResource('i'), indexResource('j'), resource('create_connector', 'c', 'connector_id', 'C1')];
    const plan = passed(planResume(template, resources, ['j'], {}, OPTIONS));
    expect(plan.nodes.map(({ id, type, action, again }) => [id, type, action, again])).toEqual([
      ['i', 'update_index', 'update', true],
      ['c', 'create_connector', 'keep', undefined],
      ['j', 'create_index', 'keep', undefined],
    ]);
  });
});

/** Both templates through the taking of credentials, as they are stored. */
function reprovision(
  stored: Template,
  next: Template,
  resources: readonly TemplateResource[] = [],
  done = resources.map(({ workflow_step_id }) => workflow_step_id),
) {
  const newId = countedIds();
  const one = takeCredentials(stored, newId);
  const other = takeCredentials(next, newId);
  const secrets = new Map([...one.secrets, ...other.secrets].map(({ id, text }) => [id, text]));
  return planReprovision({ stored: one.template, next: other.template, resources, done, secrets }, OPTIONS);
}

describe('the plan of a reprovisioning', () => {
  const nodes = [indexNode('i'), tool('t'), reindex('r', after('i')), connectorNode('c', { key: 'K' })];
  const stored = templateOf(nodes);
  const resources = [indexResource('i'), resource('create_connector', 'c', 'connector_id', 'C1')];
  const CHANGED = { index_name: 'i-index', configurations: { settings: { number_of_replicas: 2 } } };

  test('creates what is new, keeps what has a resource, evaluates tools again and leaves out the rest', () => {
    const next = templateOf([...nodes, indexNode('j', after('r'))]);
    const plan = passed(reprovision(stored, next, resources));
    expect(plan.nodes.map(({ id, action, predecessors, dependsOn }) => [id, action, predecessors, dependsOn])).toEqual([
      ['i', 'keep', [], []],
      ['t', 'evaluate', [], []],
      ['c', 'keep', [], []],
      ['j', 'create', [], ['i']],
    ]);
    expect(plan.parameters).toEqual({});
    expect(shownRunPlan(provisionWorkflow(next)!.nodes, plan, resources)).toEqual([
      {
        node_id: 'i',
        type: 'create_index',
        action: 'keep',
        resource: { resource_type: 'index_name', resource_id: 'i-index' },
      },
      { node_id: 't', type: 'create_tool', action: 'keep', resource: null },
      { node_id: 'r', type: 'reindex', action: 'skip', resource: null },
      {
        node_id: 'c',
        type: 'create_connector',
        action: 'keep',
        resource: { resource_type: 'connector_id', resource_id: 'C1' },
      },
      { node_id: 'j', type: 'create_index', action: 'create', resource: null },
    ]);
  });

  test.each(['create_index', 'create_ingest_pipeline', 'create_search_pipeline'])('updates a changed %s', (type) => {
    const node = (configurations: object): WrittenNode => ({
      id: 'x',
      type,
      user_inputs: { index_name: 'n', pipeline_id: 'n', configurations },
    });
    const plan = passed(reprovision(templateOf([node({})]), templateOf([node({ a: 1 })])));
    expect(plan.nodes).toMatchObject([{ id: 'x', type: type.replace('create', 'update'), action: 'update' }]);
  });

  test('passes on both resources of a model that was deployed with its registration', () => {
    const model: WrittenNode = {
      id: 'm',
      type: 'register_remote_model',
      user_inputs: { name: 'm', connector_id: 'c', deploy: true },
    };
    const two = [
      resource('register_remote_model', 'm', 'model_id', 'M1'),
      resource('deploy_model', 'm', 'model_id', 'M1'),
    ];
    const plan = passed(reprovision(templateOf([model]), templateOf([model, { id: 'n' }]), two));
    expect(plan.nodes[0]).toMatchObject({ action: 'keep', outputs: { model_id: 'M1' } });
  });

  test('makes the update that did not end well, also when the template is sent again as it is stored', () => {
    const plan = passed(reprovision(stored, templateOf(nodes), resources, ['c']));
    expect(plan.nodes.map(({ id, action, again }) => [id, action, again])).toEqual([
      ['i', 'update', true],
      ['t', 'evaluate', undefined],
      ['c', 'keep', undefined],
    ]);
  });

  const NO_UPDATE = (id: string) => `Workflow Step ${id} does not support updates when reprovisioning.`;
  test.each<[string, readonly WrittenNode[], string]>([
    ['a node is gone', nodes.slice(0, 3), 'Workflow Step deletion is not supported when reprovisioning a template.'],
    ['a type has changed', [{ ...indexNode('i'), type: 'update_index' }, ...nodes.slice(1)], NO_UPDATE('i')],
    ['a connector has changed', [...nodes.slice(0, 3), connectorNode('c', { key: 'K' }, { url: 'u' })], NO_UPDATE('c')],
    ['a credential has changed', [...nodes.slice(0, 3), connectorNode('c', { key: 'OTHER' })], NO_UPDATE('c')],
    [
      'a tool has changed',
      [nodes[0]!, tool('t', { user_inputs: { type: 'U' } }), ...nodes.slice(2)],
      'Unable to find update step for step: create_tool',
    ],
    [
      'a reindex has changed',
      [...nodes.slice(0, 2), reindex('r'), nodes[3]!],
      'Unable to find update step for step: reindex',
    ],
    ['nothing has changed', nodes, 'Template does not contain any modifications'],
    ['only the order has changed', nodes.toReversed(), 'Template does not contain any modifications'],
  ])('is refused when %s', (_, next, message) => {
    expect(refused(reprovision(stored, templateOf(next), resources))).toEqual({ status: 400, message });
  });

  test('does not see a change in edges, nor in the form of a structure', () => {
    const one = [indexNode('i', { user_inputs: CHANGED }), { id: 'n' }];
    const { index_name, configurations } = CHANGED;
    const text = JSON.stringify({ configurations, index_name }, null, 2);
    const { configurations: again } = JSON.parse(text) as { configurations: object };
    const asText = [
      indexNode('i', { user_inputs: { configurations: JSON.stringify(again, null, 1), index_name } }),
      { id: 'n' },
    ];
    expect(refused(reprovision(templateOf(one), templateOf(asText, [['i', 'n']]), resources)).message).toBe(
      'Template does not contain any modifications',
    );
  });

  test('keeps the outputs of a changed node for those that follow', () => {
    const next = templateOf([indexNode('i', { user_inputs: CHANGED }), ...nodes.slice(1)]);
    const plan = passed(reprovision(stored, next, resources));
    expect(plan.nodes[0]).toMatchObject({ id: 'i', type: 'update_index', action: 'update', repeatable: true });
  });
});
