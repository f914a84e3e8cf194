import { describe, expect, it } from 'vitest';
import { callOf, CONNECTOR, created, onMlEndpoint, SERVER_FAULT } from '../../../test/tasks/provisioning.js';
import { installedPlugins } from './opensearch/plugins.js';
import { undoResource } from './undo-resource.js';

const trial = onMlEndpoint();
const { run } = trial;

const makeConnector = async (): Promise<string> =>
  (await run('create_connector', CONNECTOR)).outputs['connector_id'] as string;

describe('removal', () => {
  it('takes away what was recorded, and counts what is gone as removed', async () => {
    const connector = await makeConnector();
    const { resources } = await run('register_remote_model', { name: 'm', connector_id: connector, deploy: true });
    const agent = (await run('register_agent', { name: 'a', type: 'flow' })).resources;
    const all = [created('create_connector', 'connector_id', connector), ...resources, ...agent];
    const call = callOf(trial.client(), {});
    // A model that is deployed cannot be deleted: so it is the other way round.
    for (const resource of all.toReversed()) await undoResource(resource, call);
    expect(['connectors', 'models', 'agents'].map((kind) => trial.ml().documents(kind as 'models').size)).toEqual([
      0, 0, 0,
    ]);
    for (const resource of all.toReversed()) await undoResource(resource, call);
  });

  it('of a model group leaves it on the server', async () => {
    const [group] = (await run('register_model_group', { name: 'g' })).resources;
    await undoResource(group!, callOf(trial.client(), {}));
    expect(trial.ml().documents('model_groups').size).toBe(1);
  });

  it('fails as its step does', async () => {
    trial.ml().behave('DELETE connectors/*', SERVER_FAULT);
    const removed = undoResource(created('create_connector', 'connector_id', 'c1'), callOf(trial.client(), {}));
    await expect(removed).rejects.toMatchObject({ message: 'Failed to delete connector c1' });
  });
});

it('the endpoint counts as a server with the ML plugin', async () => {
  expect(await installedPlugins(trial.client(), new AbortController().signal)).toContain('opensearch-ml');
});
