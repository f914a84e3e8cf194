import type { JsonObject } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { CONNECTOR, created, onMlEndpoint, said, SERVER_FAULT } from '../../../../test/tasks/provisioning.js';

const trial = onMlEndpoint();
const { run, failure, lastBody } = trial;

describe('create_connector', () => {
  it('sends what it is given, as ML Commons wants it', async () => {
    const [action] = CONNECTOR['actions'] as JsonObject[];
    const inputs = {
      ...CONNECTOR,
      actions: [{ ...action, unknown: 'x' }],
      backend_roles: '["a","b"]',
      add_all_backend_roles: 'false',
      access_mode: 'private',
      client_config: { max_connection: '30', read_timeout: 5 },
    };
    const { outputs, resources } = await run('create_connector', inputs, { tenantId: 't1' });
    const id = outputs['connector_id'];
    expect(resources).toEqual([created('create_connector', 'connector_id', id)]);
    expect(lastBody()).toEqual({
      ...CONNECTOR,
      backend_roles: ['a', 'b'],
      add_all_backend_roles: false,
      access_mode: 'private',
      client_config: { max_connection: 30, read_timeout: 5 },
      provisioned_by: 'flow-framework',
      tenant_id: 't1',
    });
    expect(trial.ml().received.at(-1)).toMatchObject({ path: 'connectors/_create', headers: { 'x-tenant-id': 't1' } });
  });

  it.each<[string, unknown]>([
    ['no list', 'x'],
    ['an action without a type', [{ method: 'POST' }]],
    ['an action that is a text', ['x']],
    ['headers that are none', [{ action_type: 'predict', headers: 'x' }]],
  ])('refuses actions: %s', async (_name, actions) => {
    const refused = await failure('create_connector', { ...CONNECTOR, actions: actions as JsonObject });
    expect(said(refused)).toEqual([
      'FlowFrameworkException',
      'IllegalArgumentException in connector configuration',
      'BAD_REQUEST',
    ]);
    expect(trial.ml().received).toEqual([]);
  });

  it('passes on an argument error without the credential, and no other text', async () => {
    const reason = 'bad key sk-12345';
    trial
      .ml()
      .behave('POST connectors/_create', { kind: 'fail', status: 400, type: 'illegal_argument_exception', reason });
    trial.ml().behave('POST connectors/_create', SERVER_FAULT);
    const failures = [await failure('create_connector', CONNECTOR), await failure('create_connector', CONNECTOR)];
    expect(failures.map(said)).toEqual([
      ['WorkflowStepException', 'bad key ***', 'BAD_REQUEST'],
      ['WorkflowStepException', 'Failed to create connector', 'INTERNAL_SERVER_ERROR'],
    ]);
  });

  it('says so when it cannot tell whether it has created', async () => {
    trial.ml().behave('POST connectors/_create', { kind: 'lose-answer' });
    const lost = await failure('create_connector', CONNECTOR);
    expect(said(lost)).toEqual(['WorkflowStepException', 'Failed to create connector', 'SERVICE_UNAVAILABLE']);
    expect(lost.isOutcomeUnknown).toBe(true);
    expect(trial.ml().documents('connectors').size).toBe(1);
  });
});
