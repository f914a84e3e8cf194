import { beforeEach, describe, expect, it } from 'vitest';
import { created, onMlEndpoint, said, SERVER_FAULT } from '../../../../test/tasks/provisioning.js';

const trial = onMlEndpoint();
const { run, failure } = trial;

describe('deploy_model and undeploy_model', () => {
  beforeEach(() => trial.ml().put('models', 'm1', { name: 'm', model_state: 'REGISTERED' }));

  it('deploys, twice as well as once, and undeploys', async () => {
    trial.ml().planTask({ looks: 1, state: 'COMPLETED' });
    const deployed = { outputs: { model_id: 'm1' }, resources: [created('deploy_model', 'model_id', 'm1')] };
    expect(await run('deploy_model', { model_id: 'm1' })).toEqual(deployed);
    expect(await run('deploy_model', { model_id: 'm1' })).toEqual(deployed);
    expect(trial.ml().documents('models').get('m1')).toMatchObject({ model_state: 'DEPLOYED' });
    expect(await run('undeploy_model', { model_id: 'm1' })).toEqual({ outputs: { success: true }, resources: [] });
    expect(trial.ml().documents('models').get('m1')).toMatchObject({ model_state: 'UNDEPLOYED' });
  });

  it('says the same of every end that is no deployment', async () => {
    trial.ml().planTask({ looks: 0, state: 'FAILED', error: 'no memory' });
    trial.ml().planTask({ looks: 0, state: 'CANCELLED' });
    const ends = [await failure('deploy_model', { model_id: 'm1' }), await failure('deploy_model', { model_id: 'm1' })];
    trial.ml().behave('GET tasks/*', SERVER_FAULT);
    ends.push(await failure('deploy_model', { model_id: 'm1' }));
    expect(ends.map(said)).toEqual([
      ['WorkflowStepException', 'Failed to deploy model', 'BAD_REQUEST'],
      ['WorkflowStepException', 'Failed to deploy model', 'REQUEST_TIMEOUT'],
      ['WorkflowStepException', 'Failed to deploy model', 'BAD_REQUEST'],
    ]);
  });
});
