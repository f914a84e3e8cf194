import type { JsonObject } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { created, onMlEndpoint, said } from '../../../../test/tasks/provisioning.js';

const trial = onMlEndpoint();
const { run, failure, lastBody } = trial;

describe('create_tool and register_agent', () => {
  const predecessor = (nodeId: string, key: string, outputs: JsonObject) => ({ nodeId, key, outputs });

  it('config of a tool reaches the agent’s body; tools stand in the order asked for, the others behind', async () => {
    const tool = async (inputs: JsonObject, over = {}): Promise<JsonObject> =>
      (await run('create_tool', inputs, over)).outputs;
    const supplied = { predecessors: [predecessor('model', 'model_id', { model_id: 'm1' })] };
    const search = await tool(
      { type: 'SearchIndexTool', config: { key: 'value', n: 1 }, parameters: { a: 1 } },
      supplied,
    );
    const own = await tool(
      { type: 'MLModelTool', name: 'own', parameters: { model_id: 'mine' }, include_output_in_agent_response: 'true' },
      supplied,
    );
    const last1 = await tool({ type: 'ListIndexTool' });
    expect(trial.ml().received).toEqual([]);
    const inputs = {
      name: 'a',
      type: 'conversational',
      tools_order: ['own', 'search'],
      llm: { parameters: { max_iteration: '5' } },
      memory: { type: 'conversation_index', window_size: '3' },
      parameters: { prompt: 'p' },
      app_type: 'chat',
    };
    const predecessors = [
      predecessor('list', 'tools', last1),
      predecessor('search', 'tools', search),
      predecessor('own', 'tools', own),
      predecessor('model', 'model_id', { model_id: 'm1' }),
    ];
    const { outputs, resources } = await run('register_agent', inputs, { predecessors });
    const id = outputs['agent_id'];
    expect(resources).toEqual([created('register_agent', 'agent_id', id)]);
    expect(lastBody()).toEqual({
      name: 'a',
      type: 'conversational',
      llm: { model_id: 'm1', parameters: { max_iteration: '5' } },
      tools: [
        {
          type: 'MLModelTool',
          name: 'own',
          parameters: { model_id: 'mine' },
          config: {},
          include_output_in_agent_response: true,
        },
        { type: 'SearchIndexTool', parameters: { a: '1', model_id: 'm1' }, config: { key: 'value', n: '1' } },
        { type: 'ListIndexTool', parameters: {}, config: {} },
      ],
      parameters: { prompt: 'p' },
      memory: { type: 'conversation_index', window_size: 3 },
      app_type: 'chat',
      provisioned_by: 'flow-framework',
    });
  });

  it('the model that llm names goes before the node that is mapped to model_id', async () => {
    const predecessors = [predecessor('model', 'model_id', { model_id: 'mapped' })];
    await run('register_agent', { name: 'a', type: 'flow', llm: '{"model_id":"named"}' }, { predecessors });
    expect(lastBody()).toMatchObject({ llm: { model_id: 'named' } });
    await run('register_agent', { name: 'a', type: 'flow' });
    expect(lastBody()).not.toHaveProperty('llm');
  });

  it.each<[string, JsonObject]>([
    ['llm field [parameters] must be a string to string map', { llm: { parameters: { n: 1 } } }],
    ['llm field [parameters] must be a string to string map', { llm: '{"parameters":"x"}' }],
    ['memory field [type] is required', { memory: { window_size: '1' } }],
    ['memory field [window_size] must be an integer', { memory: { type: 't', window_size: 'x' } }],
  ])('refuses: %s', async (message, inputs) => {
    const refused = await failure('register_agent', { name: 'a', type: 'flow', ...inputs });
    expect(said(refused)).toEqual(['FlowFrameworkException', message, 'BAD_REQUEST']);
    expect(trial.ml().received).toEqual([]);
  });
});
