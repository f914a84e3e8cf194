import { randomUUID } from 'node:crypto';
import { longOr, OPENSEARCH_HOOK_MS, sharedOpenSearch, startServices, type IsolatedServices } from '@flowplane/stack';
import { makePool, type Pool } from '@flowplane/plumbing/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer } from './driver/api-client.js';
import { inParallel } from './driver/load.js';
import { describeTemplateBounds } from './driver/template-bounds.js';
import { describeOneByOneRemoval } from './driver/template-removal.js';
import { makeTemplateClient, noop, pipelineAndIndex, templateOf, type TemplateBody } from './driver/templates.js';
import { describeTemplateAccess } from './isolation/template-access.js';
import { describeTemplateRoutes } from './isolation/template-routes.js';

let openSearch: string;
let services: IsolatedServices;
let pool: Pool;
let acme: ReturnType<typeof makeTemplateClient>;

beforeAll(async () => {
  openSearch = await sharedOpenSearch();
  services = await startServices({
    env: {
      ...{ FLOWS_QUOTAS: 'off', FLOWS_OPENSEARCH_URL: openSearch },
      FLOWS_PROVISIONING_MULTI_TENANCY_ENABLED: 'true',
    },
  });
  pool = makePool(services.env['FLOWS_DB_URL'] as string, { max: 2, applicationName: 'templates.e2e' });
  acme = makeTemplateClient(services.url, 'acme');
}, OPENSEARCH_HOOK_MS + 120_000);
afterAll(async () => {
  await pool?.end();
  await services?.close();
});

const statusOnServer = async (path: string): Promise<number> => (await fetch(`${openSearch}${path}`)).status;
const named = (): string => `tpl-${randomUUID()}`;

type Row = { readonly state: string; readonly resources: readonly { readonly resource_id: string }[] };
async function rowOf(templateId: string): Promise<Row | undefined> {
  const { rows } = await pool.query<{ readonly state: string; readonly resources: string }>(
    'SELECT state, resources FROM flows.templates WHERE template_id = $1',
    [templateId],
  );
  const [row] = rows;
  return row && { state: row.state, resources: JSON.parse(row.resources) as Row['resources'] };
}

const LONG_MS = 120_000;
/** The state once it is this one. */
async function until(templateId: string, state: string): Promise<Row> {
  let row: Row | undefined;
  await expect
    .poll(async () => (row = await rowOf(templateId))?.state, { timeout: LONG_MS, interval: 100 })
    .toBe(state);
  return row as Row;
}
const WAIT = 'wait_for_completion_timeout=100s';
const resource = (
  workflow_step_name: string,
  workflow_step_id: string,
  resource_type: string,
  resource_id: string,
) => ({
  ...{ workflow_step_name, workflow_step_id, resource_type, resource_id },
});
const textOf = ({ body }: Answer<TemplateBody>): string => String(body.error);

describe('a template', () => {
  it('is created, provisioned, provisioned again when it has changed, taken away and deleted', async () => {
    const name = named();
    const id = await acme.create(pipelineAndIndex(name));
    const planned = await acme.call('POST', `/${id}/_plan?action=provision`);
    expect(planned.body.steps?.map(({ node_id, action }) => [node_id, action])).toEqual([
      ['pipe', 'create'],
      ['idx', 'create'],
    ]);
    expect(await rowOf(id)).toEqual({ state: 'NOT_STARTED', resources: [] });

    const provisioned = await acme.call('POST', `/${id}/_provision`);
    expect([provisioned.status, provisioned.body]).toEqual([202, { workflow_id: id }]);
    await until(id, 'COMPLETED');
    const settings = (await (await fetch(`${openSearch}/${name}/_settings`)).json()) as Record<string, unknown>;
    expect(settings[name]).toMatchObject({ settings: { index: { default_pipeline: `${name}-pipe` } } });

    const twice = await acme.call('POST', `/${id}/_provision`);
    expect([twice.status, textOf(twice)]).toEqual([
      400,
      `The workflow provisioning state is DONE and can not be provisioned unless its state is NOT_STARTED: ${id}. Deprovision the workflow to reset the state.`,
    ]);
    const whole = await acme.call('PUT', `/${id}`, templateOf(pipelineAndIndex(name)));
    expect([whole.status, textOf(whole)]).toEqual([
      400,
      `The template can not be updated unless its provisioning state is NOT_STARTED: ${id}. Deprovision the workflow to reset the state.`,
    ]);
    expect((await acme.call('PUT', `/${id}?update_fields=true`, { description: 'said' })).status).toBe(201);

    const same = await acme.call('PUT', `/${id}?reprovision=true`, templateOf(pipelineAndIndex(name)));
    expect([same.status, textOf(same)]).toEqual([400, 'Template does not contain any modifications']);
    const again = await acme.call(
      'PUT',
      `/${id}?reprovision=true&${WAIT}`,
      templateOf(pipelineAndIndex(name, 'changed')),
    );
    expect([again.status, again.body.state, again.body.resources_created?.length]).toEqual([202, 'COMPLETED', 2]);
    const pipeline = await fetch(`${openSearch}/_ingest/pipeline/${name}-pipe`);
    expect(await pipeline.text()).toContain('changed');

    const aside = await acme.call('POST', `/${id}/_deprovision`);
    expect([aside.status, textOf(aside)]).toEqual([
      403,
      `These resources require the allow_delete parameter to deprovision: [pipeline_id ${name}-pipe, index_name ${name}].`,
    ]);
    expect(await statusOnServer(`/${name}`)).toBe(200);
    const gone = await acme.call('POST', `/${id}/_deprovision?allow_delete=${name},${name}-pipe`);
    expect([gone.status, gone.body]).toEqual([200, { workflow_id: id }]);
    expect([await statusOnServer(`/${name}`), await statusOnServer(`/_ingest/pipeline/${name}-pipe`)]).toEqual([
      404, 404,
    ]);
    expect(await rowOf(id)).toEqual({ state: 'NOT_STARTED', resources: [] });

    const deleted = await acme.call('DELETE', `/${id}`);
    expect([deleted.status, deleted.body.result]).toEqual([200, 'deleted']);
    expect(await rowOf(id)).toBeUndefined();
    const nothing = await acme.call('DELETE', `/${id}?clear_status=true`);
    expect([nothing.status, nothing.body.result]).toEqual([200, 'not_found']);
  });

  it('that is deleted before its resources keeps its state until that is cleared', async () => {
    const name = named();
    const created = await acme.call('POST', `?provision=true&${WAIT}`, templateOf(pipelineAndIndex(name)));
    const { workflow_id: id } = created.body;
    expect([created.status, created.body.state]).toEqual([202, 'COMPLETED']);
    expect((await acme.call('DELETE', `/${id}`)).body.result).toBe('deleted');
    expect(await rowOf(id)).toMatchObject({ state: 'COMPLETED' });
    const gone = await acme.call('POST', `/${id}/_deprovision?allow_delete=${name},${name}-pipe`);
    expect([gone.status, await statusOnServer(`/${name}`), await rowOf(id)]).toEqual([200, 404, undefined]);
  });

  it('is put in for parameters, and answers the failure of a step when it is waited for', async () => {
    const name = named();
    const index = { id: 'idx', type: 'create_index', user_inputs: { index_name: '${{ name }}', configurations: '{}' } };
    const id = await acme.create([index]);
    const made = await acme.call('POST', `/${id}/_provision?${WAIT}&name=${name}`);
    expect([made.status, made.body.state, await statusOnServer(`/${name}`)]).toEqual([202, 'COMPLETED', 200]);
    // The name is taken now.
    const other = await acme.create([index]);
    const failed = await acme.call('POST', `/${other}/_provision?${WAIT}`, { name });
    expect(failed.status).toBe(400);
    expect(textOf(failed)).toMatch(/^\w+ during step idx, .*restStatus: BAD_REQUEST$/);
    // What failed without a resource may be provisioned again.
    const again = await acme.call('POST', `/${other}/_provision?${WAIT}`, { name: `${name}-b` });
    expect([again.status, again.body.state]).toEqual([202, 'COMPLETED']);
    for (const [one, made] of [
      [id, name],
      [other, `${name}-b`],
    ] as const) {
      expect((await acme.call('POST', `/${one}/_deprovision?allow_delete=${made}`)).status).toBe(200);
    }
  });

  it('is waited for in the same way when it is provisioned again', async () => {
    const name = named();
    const nodes = (field: string, settings: object) => {
      const [pipe, index] = pipelineAndIndex(name, field);
      return [pipe, { ...index, user_inputs: { index_name: name, configurations: { settings } } }] as object[];
    };
    const { workflow_id: id } = (await acme.call('POST', `?provision=true&${WAIT}`, templateOf(nodes('a', {})))).body;
    const again = (template: readonly object[], wait: string) =>
      acme.call('POST', `/${id}/_reprovision?${wait}`, templateOf(template));
    const made = await again(nodes('a', { index: { number_of_replicas: '0' } }), WAIT);
    expect([made.status, made.body.state, made.body.resources_created?.length]).toEqual([202, 'COMPLETED', 2]);
    // It cannot be changed while the index is open.
    const failed = await again(nodes('a', { index: { number_of_replicas: '0', number_of_shards: '2' } }), WAIT);
    expect(failed.status).toBe(400);
    expect(textOf(failed)).toMatch(/during step idx\b.*, restStatus: BAD_REQUEST$/);
    expect((await acme.call('GET', `/${id}/_status`)).body).toMatchObject({ state: 'FAILED', error: textOf(failed) });
    // What goes on makes the update that has failed, and does not take the resource for what it should be.
    const resumed = await acme.call('POST', `/${id}/_resume?${WAIT}`);
    expect([resumed.status, textOf(resumed)]).toEqual([400, expect.stringContaining('during step idx')]);
    await services.stop('executor');
    const early = await again(nodes('b', { index: { number_of_replicas: '1' } }), 'wait_for_completion_timeout=100ms');
    expect([early.status, early.body.state, early.body.resources_created?.length]).toEqual([202, 'PROVISIONING', 2]);
    await services.start('executor');
    await until(id, 'COMPLETED');
    const replicas = await (await fetch(`${openSearch}/${name}/_settings/index.number_of_replicas`)).text();
    expect(replicas).toContain('"1"');
    const gone = await acme.call('POST', `/${id}/_deprovision?allow_delete=${name},${name}-pipe`);
    expect([gone.status, gone.body]).toEqual([200, { workflow_id: id }]);
  });

  it('goes on after a wait that ended early, and is known by nobody else', async () => {
    const [name, other] = [named(), named()];
    const id = await acme.create(pipelineAndIndex(name));
    const followed = await acme.create(pipelineAndIndex(other));
    await services.stop('executor');
    for (const one of [id, followed]) {
      const early = await acme.call('POST', `/${one}/_provision?wait_for_completion_timeout=100ms`);
      expect([early.status, early.body]).toEqual([202, { workflow_id: one, state: 'PROVISIONING' }]);
      expect((await acme.call('GET', `/${one}/_status`)).body).toMatchObject({ state: 'PROVISIONING' });
    }
    const async = await acme.call('POST', `/${id}/_deprovision?allow_delete=${name}`, undefined, {
      prefer: 'respond-async',
    });
    expect([async.status, async.body]).toEqual([
      202,
      { workflow_id: id, commandId: expect.any(String) as string, status: 'pending' },
    ]);
    await services.start('executor');
    await until(followed, 'COMPLETED');
    expect((await acme.call('GET', `/${followed}/_status`)).body).toEqual({
      ...{ workflow_id: followed, state: 'COMPLETED' },
      resources_created: [
        resource('create_ingest_pipeline', 'pipe', 'pipeline_id', `${other}-pipe`),
        resource('create_index', 'idx', 'index_name', other),
      ],
    });
    expect([await statusOnServer(`/_ingest/pipeline/${other}-pipe`), await statusOnServer(`/${other}`)]).toEqual([
      200, 200,
    ]);
    const removed = await acme.call('POST', `/${followed}/_deprovision?allow_delete=${other},${other}-pipe`);
    expect(removed.status).toBe(200);
    // The provisioning is ended first; whatever it has made by then is gone, or set aside.
    const isOver = async (): Promise<boolean> => {
      const { rows } = await pool.query(
        'SELECT 1 FROM flows.templates WHERE template_id = $1 AND deprovisioning IS NULL',
        [id],
      );
      return rows.length === 1;
    };
    await expect.poll(isOver, { timeout: LONG_MS, interval: 100 }).toBe(true);
    const gone = await acme.call('POST', `/${id}/_deprovision?allow_delete=${name},${name}-pipe`);
    expect([gone.status, await statusOnServer(`/${name}`)]).toEqual([200, 404]);

    const globex = makeTemplateClient(services.url, 'globex');
    for (const [method, path, body] of [
      ['PUT', `/${id}`, templateOf([noop('a')])],
      ['POST', `/${id}/_provision`, undefined],
      ['POST', `/${id}/_deprovision`, undefined],
      ['POST', `/${id}/_plan?action=deprovision`, undefined],
      ['DELETE', `/${id}`, undefined],
    ] as const) {
      const answer = await globex.call(method, path, body);
      expect([method, answer.status, textOf(answer)]).toEqual([method, 403, 'No permission to access this resource']);
    }
  });
});

describe('a deprovisioning', () => {
  // On a quiet machine a resource leaves the state within 1.5 s of the server; a busy one may take its time.
  describeOneByOneRemoval(longOr(15_000, 1500), () => ({ client: acme, openSearch }));
});

describe('a provisioning that failed', () => {
  it('goes on from what failed, with what was made before', async () => {
    const name = named();
    await fetch(`${openSearch}/${name}`, { method: 'PUT' });
    const id = await acme.create(pipelineAndIndex(name));
    const failed = await acme.call('POST', `/${id}/_provision?${WAIT}`);
    expect([failed.status, (await rowOf(id))?.resources.length]).toEqual([400, 1]);
    const again = await acme.call('POST', `/${id}/_provision`);
    expect([again.status, textOf(again)]).toEqual([400, expect.stringContaining('provisioning state is FAILED')]);
    await fetch(`${openSearch}/${name}`, { method: 'DELETE' });
    const resumed = await acme.call('POST', `/${id}/_resume?${WAIT}`);
    expect([resumed.status, resumed.body.state, resumed.body.resources_created?.length]).toEqual([202, 'COMPLETED', 2]);
    const late = await acme.call('POST', `/${id}/_resume`);
    expect([late.status, textOf(late)]).toEqual([
      400,
      `The workflow can not be resumed unless its provisioning state is FAILED: ${id}`,
    ]);
    const gone = await acme.call('POST', `/${id}/_deprovision?allow_delete=${name},${name}-pipe`);
    expect(gone.status).toBe(200);
  });
});

describe('a request under an Idempotency-Key', () => {
  const connector = { id: 'c', type: 'create_connector', user_inputs: { name: 'x', credential: { key: 'geheim' } } };
  const create = (nodes: readonly object[], key: string) =>
    acme.call('POST', '?validation=off', templateOf(nodes), { 'idempotency-key': key });

  it('has one effect, and another request under its key is refused', async () => {
    const key = randomUUID();
    const answers = await inParallel(5, 5, () => create([connector], key));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body.workflow_id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.has('x-idempotent-replay')).length).toBe(4);
    const other = await create([{ ...connector, user_inputs: { credential: { key: 'other' } } }], key);
    expect([other.status, textOf(other)]).toEqual([422, 'The Idempotency-Key was used for another request.']);
  });

  it('creates and provisions once', async () => {
    const name = named();
    const keyed = { 'idempotency-key': randomUUID() };
    const request = () => acme.call('POST', `?provision=true&${WAIT}`, templateOf(pipelineAndIndex(name)), keyed);
    const first = await request();
    const second = await request();
    expect([first.status, first.body.state]).toEqual([202, 'COMPLETED']);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('x-idempotent-replay')).toBe('true');
    const path = `/${first.body.workflow_id}/_deprovision?allow_delete=${name},${name}-pipe`;
    expect((await acme.call('POST', path, undefined, keyed)).status).toBe(422);
    const removal = { 'idempotency-key': randomUUID() };
    expect((await acme.call('POST', path, undefined, removal)).status).toBe(200);
    expect((await acme.call('POST', path, undefined, removal)).status).toBe(200);
  });
});

describe('a template whose provisioning is refused', () => {
  it('is stored, and a repeat under its Idempotency-Key tries the provisioning again', async () => {
    const name = named();
    const keyed = { 'idempotency-key': randomUUID() };
    const body = { ...templateOf([noop('twice'), noop('twice')]), name };
    for (let times = 1; times <= 2; times++) {
      const answer = await acme.call('POST', '?provision=true&validation=off', body, keyed);
      expect([answer.status, answer.body]).toEqual([400, { error: 'Duplicate node id twice.' }]);
    }
    const found = await acme.call('POST', '/_search', { query: { term: { 'name.keyword': name } } });
    expect(found.body).toMatchObject({ hits: { hits: [{ _source: { name } }] } });
  });
});

describe('while the release to write for is 0.3', () => {
  const restart = async (env: Readonly<Record<string, string>>): Promise<void> => {
    await services.stop('command-service');
    await services.start('command-service', env);
  };

  it('a provisioning with the create is refused and stores nothing; one after the other works, and then the former', async () => {
    const name = named();
    const body = { ...templateOf([noop('a')]), name };
    const found = async (): Promise<unknown> =>
      (await acme.call('POST', '/_search', { query: { term: { 'name.keyword': name } } })).body;
    await restart({ FLOWS_WRITE_AS: '0.3' });
    const refused = await acme.call('POST', `?provision=true&${WAIT}`, body);
    expect([refused.status, textOf(refused)]).toEqual([503, expect.stringContaining('FLOWS_WRITE_AS')]);
    expect(await found()).toMatchObject({ hits: { hits: [] } });
    const { workflow_id: id } = (await acme.call('POST', '', body)).body;
    const provisioned = await acme.call('POST', `/${id}/_provision?${WAIT}`);
    expect([provisioned.status, provisioned.body.state]).toEqual([202, 'COMPLETED']);
    await restart({});
    const together = await acme.call('POST', `?provision=true&${WAIT}`, body);
    expect([together.status, together.body.state]).toEqual([202, 'COMPLETED']);
    expect(await found()).toMatchObject({ hits: { hits: [{ _source: { name } }, { _source: { name } }] } });
  });
});

describe('what is kept of a template', () => {
  it('is shown without credentials, found by searches of its tenant, and by nobody else', async () => {
    const globex = makeTemplateClient(services.url, 'globex');
    const connector = { id: 'c', type: 'create_connector', user_inputs: { name: 'x', credential: { key: 'geheim' } } };
    const id = await acme.create([connector], '?validation=off');
    const shown = await acme.call('GET', `/${id}`);
    expect([shown.status, JSON.stringify(shown.body)]).toEqual([200, expect.stringContaining('create_connector')]);
    expect(JSON.stringify(shown.body)).not.toMatch(/credential|geheim|secret/);
    expect((await acme.call('GET', `/${id}/_status`)).body).toEqual({ workflow_id: id, state: 'NOT_STARTED' });
    expect((await acme.call('GET', `/${id}/_status?all=true`)).body).toMatchObject({
      ...{ provisioning_progress: 'NOT_STARTED', tenant_id: 'acme' },
    });
    expect((await globex.call('GET', `/${id}`)).status).toBe(403);
    const missing = await acme.call('GET', '/none/_status');
    expect([missing.status, textOf(missing)]).toEqual([404, 'Fail to find workflow status of none']);
    const steps = await acme.call('GET', '/_steps?workflow_step=noop');
    expect([steps.status, Object.keys(steps.body)]).toEqual([200, ['noop']]);

    const query = { query: { ids: { values: [id] } } };
    const idsIn = (answer: Answer<unknown>): readonly string[] =>
      (answer.body as { readonly hits: { readonly hits: readonly { readonly _id: string }[] } }).hits.hits.map(
        ({ _id }) => _id,
      );
    for (const path of ['/_search', '/state/_search']) {
      expect(idsIn(await acme.call('POST', path, query))).toEqual([id]);
      expect(idsIn(await globex.call('POST', path, query))).toEqual([]);
    }
    const unknown = await acme.call('POST', '/_search', { query: { fuzzy: { name: 'x' } } });
    expect(unknown.status).toBe(400);
  });
});

describe('the bounds of a tenant, asked for by fifty at once', () => {
  describeTemplateBounds(() => services);
});

// With 403 about them is shown above, and in template-cluster.e2e.spec.ts with multi-tenancy off.
describe('where other tenants are answered 404 about', () => {
  beforeAll(async () => {
    for (const name of ['command-service', 'projection-service'] as const) {
      await services.stop(name);
      await services.start(name, { FLOWS_PROVISIONING_FOREIGN: '404' });
    }
  }, LONG_MS);

  describe('each route of templates', () => {
    describeTemplateRoutes(() => services);
  });

  describe('a state whose template was deleted', () => {
    describeTemplateAccess(() => ({ services, openSearch }), { tenancy: true, foreign: 404 });
  });
});
