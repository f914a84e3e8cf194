import type { TemplateCall } from '@flowplane/runtime/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestStore, type TestStore } from '../../test/test-store.js';
import { searchTemplates } from './template-search.js';
import { templateStatus } from './templates.js';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store?.close());

const UNSURE = [
  {
    ...{ workflow_step_name: 'create_index', workflow_step_id: 'idx', resource_type: 'index_name' },
    ...{ resource_id: 'docs', found: 'found' },
  },
];

/** As the frame of routes hands it over; only what the status looks at. */
const callOf = (query: TemplateCall['pairs']): TemplateCall =>
  ({
    ...{ tenantId: 'T', params: { templateId: 'K1' }, pairs: query, path: '/K1/_status', headers: {} },
    ...{ user: undefined, isAdmin: true, foreignStatus: 403 },
    settings: { filterByBackendRoles: false, multiTenancyEnabled: false },
    signal: new AbortController().signal,
  }) as unknown as TemplateCall;

it('a whole status shows the creates whose end nobody saw, a brief one does not', async () => {
  await store.pool.query(
    `INSERT INTO templates (tenant_id, template_id, revision, created_at, updated_at, state, progress, resources, unsure,
                            completed, log_offset)
     VALUES ('T', 'K1', 1, now(), now(), 'FAILED', 'FAILED', '[]', $1, '[]', 1)`,
    [JSON.stringify(UNSURE)],
  );
  const scope = { pool: store.pool, progress: store.progress, partitions: 1, commandWaitMs: 1000 };
  const brief = await templateStatus(scope, callOf([]));
  expect(brief.body).toEqual({ workflow_id: 'K1', state: 'FAILED' });
  const whole = await templateStatus(scope, callOf([['all', 'true']]));
  expect(whole.body).toMatchObject({ provisioning_progress: 'FAILED', unsure_resources: UNSURE });
  await store.pool.query(`UPDATE templates SET unsure = '[]'`);
  const sure = await templateStatus(scope, callOf([['all', 'true']]));
  expect(sure.body).not.toHaveProperty('unsure_resources');
});

it('a template that is deleted while it is searched for is no hit', async () => {
  await store.pool.query(
    `INSERT INTO templates (tenant_id, template_id, document, revision, created_at, updated_at, state, progress,
                            resources, unsure, completed, log_offset)
     SELECT 'T', 'S' || n, '{"name":"searched","workflows":{}}', 1, now(), now(), 'NOT_STARTED', 'NOT_STARTED', '[]',
            '[]', '[]', 1
       FROM generate_series(1, 2) AS n`,
  );
  const body = Buffer.from('{"query":{"match":{"name":"searched"}}}');
  const call = { ...callOf([]), body, format: 'json', onOver: () => undefined } as unknown as TemplateCall;
  const settings = { ...call.settings, requestTimeoutMs: 60_000 };
  // Room for the answer is asked for between the two reads.
  const hold = async () => {
    await store.pool.query(`UPDATE templates SET document = NULL WHERE template_id = 'S1'`);
    return { release: () => undefined };
  };
  const scope = {
    ...{ pool: store.pool, progress: store.progress, partitions: 1, commandWaitMs: 1000, answers: { hold } },
  } as unknown as Parameters<typeof searchTemplates>[0];
  const found = await searchTemplates(scope, { ...call, settings }, 'template');
  expect(found.body).toMatchObject({ hits: { hits: [{ _id: 'S2', _source: { name: 'searched' } }] } });
});
