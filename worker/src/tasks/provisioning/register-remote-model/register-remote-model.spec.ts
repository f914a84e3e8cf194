import type { JsonObject } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { CONNECTOR, created, onMlEndpoint, said } from '../../../../test/tasks/provisioning.js';

const trial = onMlEndpoint();
const { run, failure, lastBody } = trial;

const makeConnector = async (): Promise<string> =>
  (await run('create_connector', CONNECTOR)).outputs['connector_id'] as string;

describe('register_remote_model', () => {
  it('is one call and two resources with deploy: true', async () => {
    const connector = await makeConnector();
    const inputs = {
      name: 'm',
      connector_id: connector,
      deploy: 'true',
      guardrails: '{"type":"local_regex"}',
      interface: { input: { type: 'object' }, output: '{"type":"object"}' },
      deploy_setting: { is_auto_deploy_enabled: 'true' },
      rate_limiter: { limit: '4', unit: 'MINUTES' },
    };
    const { outputs, resources } = await run('register_remote_model', inputs);
    const id = outputs['model_id'];
    expect(outputs).toEqual({ model_id: id, register_model_status: 'CREATED' });
    expect(resources).toEqual([
      created('register_remote_model', 'model_id', id),
      created('deploy_model', 'model_id', id),
    ]);
    expect(trial.ml().received.at(-1)).toMatchObject({ path: 'models/_register', query: { deploy: 'true' } });
    expect(lastBody()).toEqual({
      name: 'm',
      function_name: 'remote',
      connector_id: connector,
      guardrails: { type: 'local_regex' },
      interface: { input: '{"type":"object"}', output: '{"type":"object"}' },
      deploy_setting: { is_auto_deploy_enabled: true },
      rate_limiter: { limit: '4', unit: 'MINUTES' },
      provisioned_by: 'flow-framework',
    });
    expect((await run('register_remote_model', { name: 'm', connector_id: connector })).resources).toHaveLength(1);
    expect(trial.ml().received.at(-1)?.query).toEqual({});
  });

  it.each<[string, string, JsonObject]>([
    ['an interface that is no object', 'Failed to create model interface', { interface: 'x' }],
    ['an interface with a text that is no JSON', 'Failed to create model interface', { interface: { input: '{' } }],
    ['guardrails that are no object', 'Failed to parse guardrails', { guardrails: 'x' }],
  ])('refuses %s', async (_name, message, inputs) => {
    const refused = await failure('register_remote_model', { name: 'm', connector_id: 'c', ...inputs });
    expect(said(refused)).toEqual(['FlowFrameworkException', message, 'BAD_REQUEST']);
  });

  it('passes on that the connector is not there', async () => {
    const refused = await failure('register_remote_model', { name: 'm', connector_id: 'absent' });
    expect(said(refused)).toEqual(['WorkflowStepException', 'Failed to find connector', 'NOT_FOUND']);
  });
});
