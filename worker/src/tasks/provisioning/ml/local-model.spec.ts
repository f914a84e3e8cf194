import type { JsonObject } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { created, onMlEndpoint, said, SERVER_FAULT } from '../../../../test/tasks/provisioning.js';

const trial = onMlEndpoint();
const { run, failure } = trial;

const LOCAL = { name: 'm', version: '1.0.0', model_format: 'TORCH_SCRIPT' };
const FILES = { function_name: 'TEXT_EMBEDDING', model_content_hash_value: 'h', url: 'https://example/m.zip' };
const CONFIG = { model_type: 'bert', embedding_dimension: '384', framework_type: 'SENTENCE_TRANSFORMERS' };

describe.each<[string, JsonObject]>([
  ['register_local_pretrained_model', LOCAL],
  ['register_local_sparse_encoding_model', { ...LOCAL, ...FILES }],
  ['register_local_custom_model', { ...LOCAL, ...FILES, ...CONFIG }],
])('%s', (type, inputs) => {
  it('looks at its task, first at once and then with pauses, until the model is there', async () => {
    trial.ml().planTask({ looks: 2, state: 'COMPLETED' });
    const waits: number[] = [];
    const over = { taskPollMs: 5000, sleep: (ms: number) => Promise.resolve(void waits.push(ms)) };
    const { outputs, resources } = await run(type, { ...inputs, deploy: true }, over);
    expect(waits).toEqual([5000, 5000]);
    const id = outputs['model_id'];
    expect(outputs).toEqual({ model_id: id, register_model_status: 'COMPLETED' });
    expect(resources).toEqual([created(type, 'model_id', id), created('deploy_model', 'model_id', id)]);
    expect([...trial.ml().documents('models').keys()]).toEqual([id]);
  });

  it('tells how its task has ended', async () => {
    trial.ml().planTask({ looks: 0, state: 'FAILED', error: 'no memory' });
    trial.ml().planTask({ looks: 1, state: 'COMPLETED_WITH_ERROR', error: 'half' });
    trial.ml().planTask({ looks: 0, state: 'CANCELLED' });
    const ends = [await failure(type, inputs), await failure(type, inputs), await failure(type, inputs)];
    trial.ml().behave('GET tasks/*', SERVER_FAULT);
    ends.push(await failure(type, inputs));
    expect(ends.map(said)).toEqual([
      ['WorkflowStepException', 'Local model registration failed with error : no memory', 'BAD_REQUEST'],
      ['WorkflowStepException', 'Local model registration failed with error : half', 'BAD_REQUEST'],
      ['WorkflowStepException', 'Local model registration task was cancelled.', 'REQUEST_TIMEOUT'],
      ['WorkflowStepException', 'Local model registration failed', 'BAD_REQUEST'],
    ]);
  });

  it('ends with the reason of its signal while it waits', async () => {
    trial.ml().planTask({ looks: 1_000_000, state: 'COMPLETED' });
    const ending = new AbortController();
    const sleep = (): Promise<void> => {
      ending.abort(new Error('time is up'));
      return Promise.resolve();
    };
    await expect(run(type, inputs, { signal: ending.signal, sleep })).rejects.toThrow('time is up');
  });

  it('says so when it cannot be registered', async () => {
    trial.ml().behave('POST models/_register', SERVER_FAULT);
    const message = 'Failed to register local model in step node';
    expect(said(await failure(type, inputs))).toEqual(['WorkflowStepException', message, 'INTERNAL_SERVER_ERROR']);
  });
});

describe('model_config', () => {
  const custom = { ...LOCAL, ...FILES };
  it('may hold the three inputs of an embedding model, and the inputs themselves go first', async () => {
    const config = { ...CONFIG, framework_type: 'HUGGINGFACE_TRANSFORMERS', all_config: '{}' };
    await run('register_local_custom_model', {
      ...custom,
      framework_type: 'SENTENCE_TRANSFORMERS',
      model_config: config,
    });
    const registration = trial.ml().received.find(({ path }) => path === 'models/_register');
    expect(registration?.body).toMatchObject({
      model_config: { ...CONFIG, embedding_dimension: 384, all_config: '{}' },
    });
  });
  it('is missed by name', async () => {
    const refused = await failure('register_local_custom_model', { ...custom, model_type: 'bert' });
    expect(said(refused)).toEqual([
      'FlowFrameworkException',
      'Missing required inputs [embedding_dimension, framework_type]',
      'BAD_REQUEST',
    ]);
  });
});
