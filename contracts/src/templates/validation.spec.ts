import { describe, expect, test } from 'vitest';
import type { WrittenNode } from '../../test/templates.js';
import { connectorNode, indexNode, passed, refused, templateOf } from '../../test/templates.js';
import { readTemplate } from './read-template.js';
import { STEP_TYPES, stepType } from './step-types.js';
import { stepsAnswer } from './steps-answer.js';
import { needsOpenSearch, validateTemplate } from './validation.js';

const ML = ['opensearch-ml'];
const validate = (nodes: readonly WrittenNode[], plugins?: readonly string[]) =>
  validateTemplate(templateOf(nodes), { maxSteps: 50, ...(plugins === undefined ? {} : { plugins }) });

describe('required inputs', () => {
  const missing = (id: string, ...names: string[]) =>
    `Invalid workflow, node [${id}] missing the following required inputs : [${names.join(', ')}]`;

  test('are listed in the order of the catalogue', () => {
    expect(refused(validate([{ id: 'i', type: 'create_index' }])).message).toBe(
      missing('i', 'index_name', 'configurations'),
    );
  });

  test('may be outputs of a direct predecessor, not of a farther one', () => {
    const nodes: WrittenNode[] = [
      connectorNode('c', { key: 'k' }),
      {
        id: 'm',
        type: 'register_remote_model',
        previous_node_inputs: { c: 'connector_id' },
        user_inputs: { name: 'm' },
      },
      { id: 'd', type: 'deploy_model', previous_node_inputs: { m: 'model_id' } },
    ];
    expect(validate(nodes, ML).ok).toBe(true);
    expect(
      refused(validate([...nodes, { id: 'x', type: 'delete_connector', previous_node_inputs: { d: 'x' } }])).message,
    ).toBe(missing('x', 'connector_id'));
  });

  test('are not supplied by user_params', () => {
    const template = templateOf([{ id: 'i', type: 'create_index' }], [], {
      user_params: { index_name: 'a', configurations: '{}' },
    });
    expect(refused(validateTemplate(template, { maxSteps: 50 })).message).toBe(
      missing('i', 'index_name', 'configurations'),
    );
  });

  test('of a custom model may stand in its model_config', () => {
    const inputs = {
      name: 'n',
      version: '1',
      model_format: 'f',
      function_name: 'f',
      model_content_hash_value: 'h',
      url: 'u',
      model_type: 't',
    };
    const node = (more: object): WrittenNode => ({
      id: 'm',
      type: 'register_local_custom_model',
      user_inputs: { ...inputs, ...more },
    });
    expect(refused(validate([node({})])).message).toBe(missing('m', 'embedding_dimension', 'framework_type'));
    expect(validate([node({ model_config: { embedding_dimension: 3, framework_type: 'x' } })]).ok).toBe(true);
    expect(validate([node({ model_config: '{"embedding_dimension":3,"framework_type":"x"}' })]).ok).toBe(true);
  });
});

describe('plugins', () => {
  const nodes: WrittenNode[] = [
    { id: 'i', type: 'create_index' },
    { id: 'd', type: 'deploy_model' },
  ];

  test('are checked before inputs, of all nodes', () => {
    expect(refused(validate(nodes, ['analysis-icu']))).toEqual({
      status: 400,
      message: 'The workflowStep deploy_model requires the following plugins to be installed : [opensearch-ml]',
    });
    expect(refused(validate(nodes, ML)).message).toMatch(/^Invalid workflow, node \[i\]/);
  });

  test('are not checked where they are not known', () => {
    expect(refused(validate(nodes)).message).toMatch(/^Invalid workflow/);
  });
});

describe('safe texts', () => {
  test.each<[string, object, string]>([
    ['create_connector', { name: '<script>alert(1)</script>' }, 'Model connector name'],
    ['create_connector', { description: 'a <b>bold</b> one' }, 'Model connector description'],
    ['register_remote_model', { name: '<!-- x' }, 'Model name'],
    ['register_local_pretrained_model', { description: '< /p>' }, 'Model description'],
    ['register_model_group', { description: '<img src=x>' }, 'Model group description'],
  ])('%s %j', (type, inputs, what) => {
    const required = Object.fromEntries(stepType(type)!.required.map((name) => [name, 'x']));
    const { status, message } = refused(validate([{ id: 'n1', type, user_inputs: { ...required, ...inputs } }]));
    expect(status).toBe(400);
    expect(message).toContain(what);
    expect(message).toMatch(/ \[node n1\]$/);
  });

  test('of other steps and other signs are free', () => {
    const inputs = { name: '<b>', type: 'flow' };
    expect(validate([{ id: 'a', type: 'register_agent', user_inputs: inputs }]).ok).toBe(true);
    expect(validate([connectorNode('c', {}, { description: "Cohere's API: 3 < 4 & ${{ x }}" })]).ok).toBe(true);
  });
});

test('every workflow of a template is checked; without workflows nothing is', () => {
  const document = { name: 'n', workflows: { other: { nodes: [{ id: 'i', type: 'create_index' }] } } };
  expect(validateTemplate(passed(readTemplate(document)), { maxSteps: 50 }).ok).toBe(false);
  expect(validateTemplate(passed(readTemplate({ name: 'n' })), { maxSteps: 50 }).ok).toBe(true);
});

test('only steps that call OpenSearch need one', () => {
  expect(needsOpenSearch(templateOf([{ id: 'a' }, { id: 't', type: 'create_tool', user_inputs: { type: 'T' } }]))).toBe(
    false,
  );
  expect(needsOpenSearch(templateOf([{ id: 'a' }, indexNode('i')]))).toBe(true);
  expect(needsOpenSearch(passed(readTemplate({ name: 'n' })))).toBe(false);
});

describe('the catalogue', () => {
  test('inverses and update steps are step types, and take the resource of their create', () => {
    for (const { resourceType, inverse, updateStep, outputs, needsAllowDelete } of STEP_TYPES) {
      expect(inverse === undefined).toBe(resourceType === undefined);
      if (inverse !== undefined && inverse !== 'noop') {
        expect(stepType(inverse)?.required).toEqual([resourceType]);
      }
      if (resourceType !== undefined) {
        expect(outputs).toContain(resourceType);
      }
      expect(stepType(updateStep ?? 'noop')).toBeDefined();
      expect(needsAllowDelete).toBe(inverse !== undefined && stepType(inverse)?.denied === true);
    }
  });

  test('_steps shows every type that templates may use, with the timeouts that differ', () => {
    const answer = passed(stepsAnswer()) as Record<string, { timeout?: string }>;
    expect(Object.keys(answer)).toHaveLength(STEP_TYPES.length - 3);
    expect(
      Object.entries(answer).flatMap(([type, { timeout }]) => (timeout === undefined ? [] : [[type, timeout]])),
    ).toEqual([
      ['create_connector', '1m'],
      ['register_local_pretrained_model', '1m'],
      ['register_local_sparse_encoding_model', '1m'],
      ['register_local_custom_model', '1m'],
      ['deploy_model', '15s'],
    ]);
  });

  test('_steps shows those asked for', () => {
    expect(passed(stepsAnswer(['create_tool', 'create_index']))).toEqual({
      create_index: { inputs: ['index_name', 'configurations'], outputs: ['index_name'], required_plugins: [] },
      create_tool: { inputs: ['type'], outputs: ['tools'], required_plugins: ['opensearch-ml'] },
    });
    for (const name of ['nope', 'delete_index', '']) {
      expect(refused(stepsAnswer([name]))).toEqual({ status: 400, message: 'Failed to retrieve workflow step json.' });
    }
  });
});

test('a tool holds no credential, at any depth: what it is made of is an output', () => {
  const tool = (inputs: object): WrittenNode[] => [
    { id: 't', type: 'create_tool', user_inputs: { type: 'ToolName', ...inputs } as never },
  ];
  expect(validate(tool({ parameters: { key: 'k' } }), ML).ok).toBe(true);
  for (const inputs of [{ credential: { key: 'k' } }, { config: { deep: [{ credential: 'k' }] } }]) {
    expect(refused(validate(tool(inputs), ML))).toMatchObject({
      status: 400,
      message: 'Invalid workflow, node [t] of type create_tool cannot hold a credential: put it into a connector',
    });
  }
});
