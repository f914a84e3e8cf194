import type { JsonObject } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import type { OpenSearchClient } from '../opensearch/client.js';
import { driftOf } from './drift.js';

const PIPELINE = { processors: [{ set: { field: 'seen', value: '1' } }] };
const ON_SERVER: JsonObject = { p1: PIPELINE, i1: { settings: { 'index.hidden': 'true' }, mappings: {} } };
const client: OpenSearchClient = {
  send: () => Promise.resolve({ status: 200, body: ON_SERVER }),
  close: () => Promise.resolve(),
};
const drift = (step: string, type: string, id: string, inputs: JsonObject) =>
  driftOf(
    { workflow_step_name: step, workflow_step_id: 'n', resource_type: type, resource_id: id },
    { client, signal: new AbortController().signal, inputs },
  );

it.each<[string, JsonObject, string]>([
  ['is as the template has it', { configurations: PIPELINE }, 'present'],
  ['is as a text of the template has it', { configurations: JSON.stringify(PIPELINE) }, 'present'],
  ['is not as the template has it', { configurations: { processors: [] } }, 'changed'],
  ['should be empty', { configurations: {} }, 'changed'],
  ['was made from parameters', { configurations: '${{ all }}' }, 'present'],
  ['was made from parameters inside a text', { configurations: '{"processors":${{ list }}}' }, 'present'],
  ['is of a template that is gone', {}, 'present'],
])('a pipeline that %s', async (_what, inputs, state) => {
  for (const step of ['create_ingest_pipeline', 'create_search_pipeline']) {
    expect(await drift(step, 'pipeline_id', 'p1', inputs)).toBe(state);
  }
});

it('an index of which nobody knows the configuration is as it should be', async () => {
  expect(await drift('create_index', 'index_name', 'i1', { configurations: '${{ all }}' })).toBe('present');
  expect(await drift('create_index', 'index_name', 'i1', { configurations: '{"settings":{"hidden":false}}' })).toBe(
    'changed',
  );
});
