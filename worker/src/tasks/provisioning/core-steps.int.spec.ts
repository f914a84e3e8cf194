import { randomBytes } from 'node:crypto';
import type { Json, JsonObject } from '@flowplane/contracts';
import { OPENSEARCH_HOOK_MS, sharedOpenSearch } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callOf, created, said, stepsOn } from '../../../test/tasks/provisioning.js';
import { driftOf } from './drift/drift.js';
import { CLOCK_SKEW_MS, lookFor } from './look-for/look-for.js';
import { openSearchClient, type OpenSearchClient } from './opensearch/client.js';
import { installedPlugins } from './opensearch/plugins.js';
import { undoResource } from './undo-resource.js';

let client: OpenSearchClient;
beforeAll(async () => {
  client = openSearchClient({ url: await sharedOpenSearch() });
}, OPENSEARCH_HOOK_MS);
afterAll(() => client?.close());

const prefix = `core-${randomBytes(4).toString('hex')}`;
const signal = new AbortController().signal;
const { run, failure } = stepsOn(() => client);
let names = 0;
const fresh = (): string => `${prefix}-${(names += 1)}`;

async function read(path: string): Promise<JsonObject> {
  return (await client.send({ method: 'GET', path, signal })).body as JsonObject;
}
const statusOf = async (path: string): Promise<number> => (await client.send({ method: 'HEAD', path, signal })).status;
async function write(path: string, body: Json): Promise<void> {
  const answer = await client.send({ method: 'PUT', path, query: { refresh: 'true' }, body, signal });
  expect(answer.status).toBeLessThan(300);
}
const undo = (step: string, type: string, id: string): Promise<void> =>
  undoResource(created(step, type, id), callOf(client, {}));

describe('create_index', () => {
  it('creates with settings and mappings, records the index, and is removed by its inverse, also a second time', async () => {
    const index = fresh();
    const configurations = {
      settings: { index: { number_of_replicas: 0 } },
      mappings: { properties: { a: { type: 'keyword' } } },
    };
    const result = await run('create_index', { index_name: index, configurations });
    expect(result).toEqual({
      outputs: { index_name: index },
      resources: [created('create_index', 'index_name', index)],
    });
    expect((await read(`/${index}`))[index]).toMatchObject({
      settings: { index: { number_of_replicas: '0' } },
      mappings: { properties: { a: { type: 'keyword' } } },
    });
    await undo('create_index', 'index_name', index);
    expect(await statusOf(`/${index}`)).toBe(404);
    await undo('create_index', 'index_name', index);
  });

  it('takes configurations as a text, and empty ones as a bare create', async () => {
    for (const configurations of ['', '{}', {}, '{"settings":{"number_of_shards":1}}']) {
      const index = fresh();
      await run('create_index', { index_name: index, configurations });
      expect(await statusOf(`/${index}`)).toBe(200);
    }
  });

  it('is refused the second time', async () => {
    const index = fresh();
    await run('create_index', { index_name: index, configurations: '' });
    expect(said(await failure('create_index', { index_name: index, configurations: '' }))).toEqual([
      'WorkflowStepException',
      expect.stringMatching(new RegExp(`^index \\[${index}/.+\\] already exists$`)),
      'BAD_REQUEST',
    ]);
  });

  it.each<[string, JsonObject, string | RegExp]>([
    [
      'a mapping under a type',
      { mappings: { _doc: { properties: {} } } },
      'The mapping definition cannot be nested under a type',
    ],
    ['a setting of a plugin that is not there', { settings: { 'index.knn': true } }, /^unknown setting \[index\.knn\]/],
    ['settings that are none', { settings: 1 }, 'key [settings] must be an object'],
  ])('passes on why the server refuses %s', async (_name, configurations, message) => {
    const index = fresh();
    const refused = await failure('create_index', { index_name: index, configurations });
    const expected = typeof message === 'string' ? message : (expect.stringMatching(message) as string);
    expect(said(refused)).toEqual(['WorkflowStepException', expected, 'BAD_REQUEST']);
    expect(refused.isOutcomeUnknown).toBe(false);
    expect(await statusOf(`/${index}`)).toBe(404);
  });

  it.each(['', '_settings', '_all', 'a,b', 'a*', '*', '-a', '..', 'a/b', '<a-{now}>', 'a b'])(
    'refuses the name %j before anything is sent, in every step that takes one',
    async (index) => {
      for (const type of ['create_index', 'update_index', 'delete_index']) {
        const refused = await failure(type, { index_name: index, configurations: { settings: { a: 1 } } });
        expect(refused.message).toMatch(/^Invalid index name \[/);
        expect(refused.status).toBe(400);
      }
    },
  );
});

describe('update_index', () => {
  const bare = async (settings: JsonObject = {}): Promise<string> => {
    const index = fresh();
    await run('create_index', { index_name: index, configurations: { settings } });
    return index;
  };
  const prefixed = (index: string, why: string): string => `Failed to update index settings for index ${index}, ${why}`;

  it.each<[string, JsonObject]>([
    ['flat', { 'index.refresh_interval': '7s' }],
    ['flat without the prefix', { refresh_interval: '7s' }],
    ['expanded', { index: { refresh_interval: '7s' } }],
  ])('sends settings that differ, written %s', async (_name, settings) => {
    const index = await bare({ number_of_replicas: 0 });
    // The number of shards cannot be changed: that it is equal must be seen before anything is sent.
    const wanted = Object.hasOwn(settings, 'index')
      ? { index: { refresh_interval: '7s', number_of_shards: 1 } }
      : { ...settings, number_of_shards: '1' };
    const result = await run('update_index', { index_name: index, configurations: { settings: wanted } });
    expect(result).toEqual({ outputs: { index_name: index }, resources: [] });
    expect((await read(`/${index}/_settings`))[index]).toMatchObject({
      settings: { index: { refresh_interval: '7s' } },
    });
  });

  it('says what is missing', async () => {
    const index = await bare({ refresh_interval: '7s' });
    const messages = await Promise.all(
      ['', '{}', { mappings: {} }, { settings: { refresh_interval: '7s' } }].map(async (configurations) =>
        said(await failure('update_index', { index_name: index, configurations })),
      ),
    );
    const settings = prefixed(index, 'settings are not found in the index configuration');
    expect(messages).toEqual([
      ['FlowFrameworkException', prefixed(index, 'index configuration is not given'), 'BAD_REQUEST'],
      ['FlowFrameworkException', settings, 'BAD_REQUEST'],
      ['FlowFrameworkException', settings, 'BAD_REQUEST'],
      ['FlowFrameworkException', prefixed(index, 'no settings have been updated'), 'BAD_REQUEST'],
    ]);
  });

  it('has succeeded where an attempt before has changed all there is to change', async () => {
    const index = await bare({ refresh_interval: '7s' });
    const inputs = { index_name: index, configurations: { settings: { refresh_interval: '7s' } } };
    expect(await run('update_index', inputs, { again: true })).toEqual({
      ...{ outputs: { index_name: index }, resources: [] },
    });
  });

  it('passes on why a setting cannot be changed, and keeps to itself that the index is absent', async () => {
    const index = await bare();
    const refused = await failure('update_index', {
      index_name: index,
      configurations: { settings: { number_of_shards: 3 } },
    });
    expect(said(refused)).toEqual([
      'WorkflowStepException',
      expect.stringMatching(/^Can't update non dynamic settings/),
      'BAD_REQUEST',
    ]);
    const absent = fresh();
    const missing = await failure('update_index', { index_name: absent, configurations: { settings: { a: 1 } } });
    expect(said(missing)).toEqual([
      'WorkflowStepException',
      `Failed to retrieve the index settings for index ${absent}`,
      'NOT_FOUND',
    ]);
  });
});

describe.each(['ingest', 'search'] as const)('pipelines: %s', (kind) => {
  const configurations: JsonObject =
    kind === 'ingest'
      ? {
          description: 'd',
          processors: [{ set: { field: 'seen', value: '1' } }, { append: { field: 'tags', value: ['a', 'b'] } }],
        }
      : { description: 'd' };
  const path = (id: string): string => `/_${kind}/pipeline/${id}`;
  const create = `create_${kind}_pipeline`;

  it('is created, created again, updated and removed, also a second time', async () => {
    const id = fresh();
    const result = await run(create, { pipeline_id: id, configurations: JSON.stringify(configurations) });
    expect(result).toEqual({
      outputs: { pipeline_id: id },
      resources: [created(create, 'pipeline_id', id)],
    });
    await run(create, { pipeline_id: id, configurations });
    expect((await read(path(id)))[id]).toMatchObject({ description: 'd' });
    if (kind === 'ingest') {
      // Texts that hold arrays are arrays by then (`stepInputs`).
      expect((await read(path(id)))[id]).toMatchObject({ processors: [{}, { append: { value: ['a', 'b'] } }] });
    }
    const update = { pipeline_id: id, configurations: { ...configurations, description: 'changed' } };
    expect(await run(`update_${kind}_pipeline`, update)).toEqual({ outputs: { pipeline_id: id }, resources: [] });
    expect((await read(path(id)))[id]).toMatchObject({ description: 'changed' });
    await undo(create, 'pipeline_id', id);
    expect((await client.send({ method: 'GET', path: path(id), signal })).status).toBe(404);
    await undo(create, 'pipeline_id', id);
  });

  it('passes on why a processor is refused', async () => {
    const processors =
      kind === 'ingest' ? { processors: [{ text_embedding: {} }] } : { request_processors: [{ filter_query: {} }] };
    const refused = await failure(create, { pipeline_id: fresh(), configurations: processors });
    expect(said(refused)).toEqual([
      'WorkflowStepException',
      kind === 'ingest' ? 'No processor type exists with name [text_embedding]' : 'Invalid processor type filter_query',
      'BAD_REQUEST',
    ]);
  });

  it('refuses ids that mean several pipelines', async () => {
    for (const id of ['*', 'a*', 'a,b', '_all', '..']) {
      expect((await failure(create, { pipeline_id: id, configurations })).status).toBe(400);
      expect((await failure(`delete_${kind}_pipeline`, { pipeline_id: id })).status).toBe(400);
    }
  });

  it('is compared with the template', async () => {
    const id = fresh();
    const resource = created(create, 'pipeline_id', id);
    await run(create, { pipeline_id: id, configurations });
    const drift = (inputs: JsonObject): Promise<string> => driftOf(resource, { client, signal, inputs });
    expect(await drift({ configurations })).toBe('present');
    expect(await drift({ configurations: { ...configurations, description: '${{ about }}' } })).toBe('present');
    expect(await drift({ configurations: { ...configurations, description: 'other' } })).toBe('changed');
    await undo(create, 'pipeline_id', id);
    expect(await drift({ configurations })).toBe('missing');
  });
});

describe('reindex', () => {
  it('copies from several indices, as many documents as are asked for', async () => {
    const [first, second, all, one] = [fresh(), fresh(), fresh(), fresh()];
    await write(`/${first}/_doc/1`, { a: 1 });
    await write(`/${second}/_doc/2`, { a: 2 });
    const sources = `${first},${second}`;
    const options = { refresh: 'true', requests_per_second: '-1', slices: '1', require_alias: false };
    const result = await run('reindex', { source_index: sources, destination_index: all!, ...options });
    expect(result).toEqual({
      outputs: { reindex: { source_index: sources, destination_index: all } },
      resources: [],
    });
    expect(await read(`/${all}/_count`)).toMatchObject({ count: 2 });
    await run('reindex', { source_index: sources, destination_index: one!, refresh: true, max_docs: 1 });
    expect(await read(`/${one}/_count`)).toMatchObject({ count: 1 });
  });

  it('fails with 400 when documents do not fit, and generally when the source is absent', async () => {
    const [source, strict] = [fresh(), fresh()];
    await write(`/${source}/_doc/1`, { a: 'secret text' });
    const mappings = { dynamic: 'strict', properties: { b: { type: 'keyword' } } };
    await run('create_index', { index_name: strict!, configurations: { mappings } });
    const failed = await failure('reindex', { source_index: source!, destination_index: strict! });
    expect(said(failed)).toEqual([
      'WorkflowStepException',
      expect.stringMatching(/^Failed to get bulk response \[.*introduction of \[a\]/),
      'BAD_REQUEST',
    ]);
    expect(failed.message).not.toContain('secret text');
    const absent = fresh();
    expect(said(await failure('reindex', { source_index: absent, destination_index: strict! }))).toEqual([
      'WorkflowStepException',
      `Failed to reindex from source ${absent} to ${strict}`,
      'NOT_FOUND',
    ]);
  });
});

describe('what the server has', () => {
  it('an index is found after a crash when it was created since', async () => {
    const index = fresh();
    const look = (sinceMs: number): Promise<unknown> =>
      lookFor('create_index', { client, signal, inputs: { index_name: index }, sinceMs });
    expect(await look(0)).toEqual({ kind: 'not-found' });
    await run('create_index', { index_name: index, configurations: '' });
    expect(await look(0)).toEqual({ kind: 'found', id: index });
    const { creation_date: created } = (
      (await read(`/${index}/_settings`))[index] as { settings: { index: JsonObject } }
    ).settings.index;
    expect(await look(Number(created) + 1)).toMatchObject({ kind: 'unknown' });
    expect(await look(Number(created) + CLOCK_SKEW_MS + 1)).toEqual({ kind: 'not-found' });
  });

  it.each([
    ['ingest', { processors: [] }],
    ['search', {}],
  ])('of a %s pipeline it is known when there is none of that name', async (kind, configurations) => {
    const inputs = { pipeline_id: fresh() };
    const look = (): Promise<unknown> => lookFor(`create_${kind}_pipeline`, { client, signal, inputs, sinceMs: 0 });
    expect(await look()).toEqual({ kind: 'not-found' });
    await run(`create_${kind}_pipeline`, { ...inputs, configurations });
    expect(await look()).toMatchObject({ kind: 'unknown' });
  });

  it('an index is compared by what the template names', async () => {
    const index = fresh();
    const configurations = {
      settings: { number_of_replicas: 0 },
      mappings: { properties: { a: { type: 'keyword' } } },
    };
    await run('create_index', { index_name: index, configurations });
    const resource = created('create_index', 'index_name', index);
    const drift = (inputs: JsonObject): Promise<string> => driftOf(resource, { client, signal, inputs });
    expect(await drift({ configurations })).toBe('present');
    expect(await drift({})).toBe('present');
    expect(await drift({ configurations: { settings: { 'index.number_of_replicas': '${{ replicas }}' } } })).toBe(
      'present',
    );
    await run('update_index', { index_name: index, configurations: { settings: { number_of_replicas: 1 } } });
    expect(await drift({ configurations })).toBe('changed');
    await undo('create_index', 'index_name', index);
    expect(await drift({ configurations })).toBe('missing');
  });

  it('the ML plugin is missing, so that its endpoints answer 400', async () => {
    expect(await installedPlugins(client, signal)).not.toContain('opensearch-ml');
    const refused = await failure('register_model_group', { name: 'n' });
    expect(said(refused)).toEqual([
      'WorkflowStepException',
      'no handler found for uri [/_plugins/_ml/model_groups/_register] and method [POST]',
      'BAD_REQUEST',
    ]);
  });
});
