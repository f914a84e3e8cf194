import { describe, expect, it } from 'vitest';
import { created, onMlEndpoint } from '../../../../test/tasks/provisioning.js';

const trial = onMlEndpoint();
const { run, lastBody } = trial;

describe('register_model_group', () => {
  it('records the group', async () => {
    const { outputs, resources } = await run('register_model_group', {
      name: 'g',
      description: 'd',
      backend_roles: ['a'],
    });
    const id = outputs['model_group_id'];
    expect(outputs).toEqual({ model_group_id: id, model_group_status: 'CREATED' });
    expect(resources).toEqual([created('register_model_group', 'model_group_id', id)]);
    expect(lastBody()).toEqual({ name: 'g', description: 'd', backend_roles: ['a'], provisioned_by: 'flow-framework' });
  });
});
