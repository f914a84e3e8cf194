import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { topicNames } from '@flowplane/contracts';
import {
  OPENSEARCH_HOOK_MS,
  SERVICES,
  sharedOpenSearch,
  startMlEndpoint,
  startServices,
  type IsolatedServices,
  type MlEndpoint,
} from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectStatus, send, type Answer } from './driver/api-client.js';
import { engineHistories } from './driver/engine.js';
import { partitionsOf, readTopic, withLog } from './driver/log-reader.js';
import { withDatabase } from './driver/log-totals.js';
import { describeTemplateAccess } from './isolation/template-access.js';
import { holds, tablesOfDatabaseWith, type Sought } from './driver/search-at-rest.js';

const BASE = '/_plugins/_flow_framework/workflow';
const OPERATOR = { 'x-tenant-id': 'platform', 'x-auth-subject': 'root', 'x-actor-roles': 'platform_admin' };
const WAIT = 'wait_for_completion_timeout=100s';
const LONG = { timeout: 120_000, interval: 100 };

let openSearch: string;
let ml: MlEndpoint;
let services: IsolatedServices;
/** Everything that came back. */
const answers: string[] = [];

beforeAll(async () => {
  openSearch = await sharedOpenSearch();
  ml = await startMlEndpoint({ behind: openSearch });
  services = await startServices({
    env: {
      ...{ FLOWS_QUOTAS: 'off', FLOWS_OPENSEARCH_URL: ml.url, LOG_LEVEL: 'trace', FLOWS_SNAPSHOT_INTERVAL: '300ms' },
    },
  });
}, OPENSEARCH_HOOK_MS + 120_000);
afterAll(async () => {
  await services?.close();
  await ml?.close().catch(() => undefined);
});

type Body = {
  readonly workflow_id?: string;
  readonly state?: string;
  readonly error?: string;
  readonly resources?: readonly { readonly resource_id: string; readonly state: string }[];
  readonly resources_created?: readonly { readonly resource_id: string }[];
};
type Options = { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };

const tenant = (tenantId: string) => {
  const identity = { 'x-tenant-id': tenantId, 'x-auth-subject': 'alice', 'x-actor-roles': 'tenant_owner' };
  return async (method: string, path: string, { body, headers }: Options = {}): Promise<Answer<Body>> => {
    const answer = await send<Body>(`${services.url}${BASE}${path}`, method, {
      ...{ headers: { prefer: 'wait=60', ...identity, ...headers }, timeoutMs: 150_000 },
      ...(body === undefined ? {} : { body }),
    });
    answers.push(JSON.stringify(answer.body));
    return answer;
  };
};
const operate = <Answered>(method: string, path: string, body?: unknown): Promise<Answer<Answered>> =>
  send<Answered>(services.url + path, method, {
    ...{ headers: { prefer: 'wait=60', ...OPERATOR }, timeoutMs: 150_000 },
    ...(body === undefined ? {} : { body }),
  });

const templateOf = (name: string, nodes: readonly object[]) => ({ name, workflows: { provision: { nodes } } });
const pipeline = (id: string, type: 'ingest' | 'search', name: string, configurations: object) => ({
  ...{ id, type: `create_${type}_pipeline`, user_inputs: { pipeline_id: name, configurations } },
});
const stamps = (value: string) => ({ processors: [{ set: { field: 'stamp', value } }] });

describe('settings that change while processes run', () => {
  const SETTINGS = '/_cluster/settings';
  const set = (settings: object, query = '') =>
    operate<Record<string, unknown>>('PUT', SETTINGS + query, { transient: settings });

  it('count at once, reach the other processes, and are set back', async () => {
    const call = tenant('settings');
    const body = templateOf('set', [{ id: 'n', type: 'noop' }]);
    const changed = expectStatus(await set({ 'plugins.flow_framework.max_workflows': 0 }), 200);
    expect(changed).toEqual({
      ...{ acknowledged: true, persistent: {} },
      transient: { plugins: { flow_framework: { max_workflows: '0' } } },
    });
    const refused = await call('POST', '', { body });
    expect([refused.status, refused.body]).toEqual([400, { error: 'Maximum workflows limit reached: 0' }]);

    const off = { 'plugins.flow_framework': { enabled: false, max_workflows: null } };
    expect(expectStatus(await set(off, '?flat_settings=true'), 200)['transient']).toEqual({
      'plugins.flow_framework.enabled': 'false',
    });
    // Answered by the projection-service.
    const drift = async () => (await call('GET', '/nothing/_drift')).status;
    await expect.poll(drift, LONG).toBe(403);
    expect(expectStatus(await operate('GET', `${SETTINGS}?flat_settings`), 200)).toEqual({
      ...{ persistent: {}, transient: { 'plugins.flow_framework.enabled': 'false' } },
    });
    expectStatus(await set({ 'plugins.flow_framework.*': null }), 200);
    await expect.poll(drift, LONG).toBe(404);
    expectStatus(await call('POST', '', { body }), 201);
  });

  it('are refused as OpenSearch refuses them, and kept from tenants', async () => {
    const name = 'plugins.flow_framework.max_workflow_steps';
    const reason = `Failed to parse value [501] for setting [${name}] must be <= 500`;
    const cause = { type: 'illegal_argument_exception', reason };
    const refused = await set({ [name]: 501, 'plugins.flow_framework.max_workflows': 7 });
    expect([refused.status, refused.body]).toEqual([400, { error: { root_cause: [cause], ...cause }, status: 400 }]);
    expect(expectStatus(await operate('GET', SETTINGS), 200)).toEqual({ persistent: {}, transient: {} });
    const identity = { 'x-tenant-id': 'acme', 'x-auth-subject': 'alice', 'x-actor-roles': 'tenant_owner' };
    for (const method of ['PUT', 'GET']) {
      const answer = await send(services.url + SETTINGS, method, { headers: identity });
      expect(answer.status).toBe(403);
    }
  });
});

// Multi-tenancy is off, and other tenants are answered 403 about.
describe('a state whose template was deleted', () => {
  describeTemplateAccess(() => ({ services, openSearch }), { tenancy: false, foreign: 403 });
});

describe('credentials', () => {
  const core = (): string => randomBytes(16).toString('hex');
  /** With what JSON escapes; what is searched for is the part without. */
  const CORES = { authored: core(), parameter: core(), echoed: core() };
  const text = (one: string): string => `p"a\\ss-${one}`;
  const marker = `marker-${randomUUID()}`;
  const call = tenant('keeper');

  const connector = (credential: object) => ({
    id: 'conn',
    type: 'create_connector',
    user_inputs: {
      ...{ name: marker, description: 'a connector', version: '1', protocol: 'http', parameters: { model: 'm' } },
      credential,
      actions: [{ action_type: 'predict', method: 'POST', url: 'https://example.com/x' }],
    },
  });
  const pipe = `tc-${randomUUID()}`;
  const credential = { key: text(CORES.authored), token: '${{ api_token }}' };
  const template = (value: string) =>
    templateOf(marker, [connector(credential), pipeline('pipe', 'ingest', pipe, stamps(value))]);
  // What JSON escapes is escaped in a parameter (provisioning 6.2).
  const parameters = { api_token: `p ss-${CORES.parameter}` };
  /** Bodies that hold credentials; no hash of one may lie about that can be found by trying. */
  const bodies: string[] = [];
  const sent = (body: object): object => {
    bodies.push(JSON.stringify(body));
    return body;
  };
  let id = '';

  const deprovision = async () => {
    const ids = [...ml.documents('connectors').keys(), pipe].join(',');
    return call('POST', `/${id}/_deprovision?allow_delete=${ids}`);
  };
  const provision = () =>
    call('POST', `/${id}/_provision?${WAIT}`, {
      ...{ body: sent(parameters), headers: { 'idempotency-key': randomUUID() } },
    });
  const lastCredential = (): unknown => {
    const created = ml.received.filter(({ path }) => path === 'connectors/_create').at(-1)?.body;
    return (created as { readonly credential?: unknown } | undefined)?.credential;
  };
  const used = { key: text(CORES.authored), token: parameters.api_token };

  it('reach the server they are for', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const created = await call('POST', '', { body: sent(template('one')), headers });
    id = expectStatus(created, 201).workflow_id ?? '';
    const again = await call('POST', '', { body: template('one'), headers });
    expect([again.status, again.body.workflow_id]).toEqual([201, id]);
    const done = await provision();
    expect([done.status, done.body.state, done.body.resources_created?.length]).toEqual([202, 'COMPLETED', 2]);
    expect(lastCredential()).toEqual(used);
  });

  it('are not repeated where the server repeats them', async () => {
    const echoing = { ...connector({ key: text(CORES.echoed) }), id: 'echo' };
    const body = sent(templateOf('echo', [echoing]));
    const reason = `the key ${text(CORES.echoed)} is bad`;
    ml.behave('POST connectors/_create', { kind: 'fail', status: 400, type: 'illegal_argument_exception', reason });
    const failed = await call('POST', `?provision=true&${WAIT}`, { body });
    expect([failed.status, failed.body.error]).toEqual([400, expect.stringContaining('is bad')]);
  });

  it('are in clear in no topic, table, history, log or answer', async () => {
    const digests = bodies.map((body) => createHash('sha256').update(body).digest());
    const hidden: readonly Sought[] = [
      ...Object.values(CORES).flatMap(formsOf),
      ...digests.flatMap((digest) => [
        ...[digest.toString('hex'), digest.toString('base64'), digest.toString('base64url')],
        new RegExp([...digest].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')),
      ]),
    ];
    const isHidden = (value: string | Buffer | null): boolean => hidden.some((one) => holds(value, one));

    const topics = topicNames(services.env['FLOWS_TOPIC_PREFIX'] ?? '');
    const records = await withLog(services.env, async (kafka) => {
      const partitions = partitionsOf(services.env);
      const own = [topics.commands, topics.events, topics.runs, topics.audit];
      const read = own.map((topic) => readTopic(kafka, topic, partitions));
      return (await Promise.all([...read, readTopic(kafka, topics.deadLetters, 1)])).flat();
    });
    const inRecords = records.flatMap(({ key, value, headers }) => [key, value, JSON.stringify(headers)]);
    expect(inRecords.some((value) => holds(value, marker))).toBe(true);
    expect(inRecords.filter(isHidden)).toEqual([]);

    const histories = await engineHistories(services.env);
    const ofTemplate = Object.entries(histories).filter(([workflowId]) => workflowId.includes(id));
    expect(ofTemplate.flatMap(([, leaves]) => leaves).some((leaf) => holds(leaf, marker))).toBe(true);
    expect(Object.keys(histories).filter((name) => histories[name]?.some(isHidden))).toEqual([]);

    const { FLOWS_DB_URL: readDb = '', FLOWS_STATE_DB_URL: stateDb = '' } = services.env;
    expect(await tablesOfDatabaseWith(readDb, [marker])).toContain('flows.templates');
    const snapshotted = async () => (await tablesOfDatabaseWith(stateDb, [id])).join();
    await expect.poll(snapshotted, LONG).toMatch(/snapshot/);
    for (const url of [readDb, stateDb]) expect(await tablesOfDatabaseWith(url, hidden)).toEqual([]);

    for (const name of SERVICES) {
      expect([name, isHidden(await readFile(services.logOf(name), 'utf8'))]).toEqual([name, false]);
    }
    expect(answers.filter(isHidden)).toEqual([]);
  });

  it('are used as before once the key of their tenant is another one', async () => {
    type Rotated = { readonly keyId: string | null; readonly reencrypted: number; readonly unreadable: number };
    const path = '/v1/internal/flows/tenants/keeper/key/rotations';
    const rotated = expectStatus(await operate<Rotated>('POST', path), 200);
    expect(rotated).toMatchObject({ keyId: expect.any(String), unreadable: 0 });
    expect(rotated.reencrypted).toBeGreaterThan(0);
    const changed = await call('PUT', `/${id}?reprovision=true&${WAIT}`, { body: sent(template('two')) });
    expect([changed.status, changed.body.state]).toEqual([202, 'COMPLETED']);
    expectStatus(await deprovision(), 200);
    const done = await provision();
    expect([done.status, done.body.state]).toEqual([202, 'COMPLETED']);
    expect(lastCredential()).toEqual(used);
    expectStatus(await deprovision(), 200);
  });

  it('go with the key when the tenant is torn down', async () => {
    const count = (table: string): Promise<number> =>
      withDatabase(services.env['FLOWS_STATE_DB_URL'], async (pool) => {
        const sql = `SELECT count(*)::int AS n FROM secrets.${table} WHERE tenant_id = 'keeper'`;
        return (await pool.query<{ n: number }>(sql)).rows[0]?.n ?? -1;
      });
    expect(await count('data_keys')).toBe(1);
    const teardown = async () => (await operate('POST', '/v1/internal/flows/tenants/keeper/teardown')).status;
    await expect.poll(teardown, { timeout: 200_000, interval: 500 }).toBe(200);
    expect([await count('data_keys'), await count('sealed')]).toEqual([0, 0]);
  });
});

describe('drift', () => {
  const call = tenant('drifter');
  const name = `td-${randomUUID()}`;
  const [ingest, search] = [`${name}-in`, `${name}-out`];
  const drift = async (id: string) =>
    Object.fromEntries(
      (expectStatus(await call('GET', `/${id}/_drift`), 200).resources ?? []).map((one) => [
        one.resource_id,
        one.state,
      ]),
    );
  let id = '';

  it('is none while everything is as it was made', async () => {
    const nodes = [
      pipeline('in', 'ingest', '${{ name }}-in', stamps('${{ name }}')),
      pipeline('out', 'search', search, {}),
      {
        ...{ id: 'idx', type: 'create_index' },
        user_inputs: { index_name: name, configurations: { settings: { index: { number_of_replicas: '0' } } } },
      },
    ];
    const query = `?provision=true&name=${name}&${WAIT}`;
    const done = expectStatus(await call('POST', query, { body: templateOf('drifts', nodes) }), 202);
    expect(done.state).toBe('COMPLETED');
    id = done.workflow_id ?? '';
    await expect.poll(() => drift(id), LONG).toEqual({ [ingest]: 'present', [search]: 'present', [name]: 'present' });
    const foreign = await tenant('stranger')('GET', `/${id}/_drift`);
    expect(foreign.status).toBe(403);
  });

  it('is seen where something is gone or another one', async () => {
    const put = { method: 'PUT', headers: { 'content-type': 'application/json' } };
    const other = await fetch(`${openSearch}/_ingest/pipeline/${ingest}`, {
      ...put,
      body: JSON.stringify({ processors: [{ set: { field: 'other', value: 'x' } }] }),
    });
    expect(other.status).toBe(200);
    expect((await fetch(`${openSearch}/${name}`, { method: 'DELETE' })).status).toBe(200);
    await expect.poll(() => drift(id), LONG).toEqual({ [ingest]: 'changed', [search]: 'present', [name]: 'missing' });
  });

  it('is not known while the server does not answer', async () => {
    await ml.close();
    expect(await drift(id)).toEqual({ [ingest]: 'unknown', [search]: 'unknown', [name]: 'unknown' });
    for (const path of [`/_ingest/pipeline/${ingest}`, `/_search/pipeline/${search}`]) {
      await fetch(openSearch + path, { method: 'DELETE' });
    }
  });
});

/** As it is written, and as it looks in base64 of a longer text, which has three places for a byte. */
const formsOf = (text: string): readonly string[] => [
  text,
  Buffer.from(text).toString('hex'),
  ...[0, 1, 2].map((before) =>
    Buffer.from(' '.repeat(before) + text)
      .toString('base64')
      .replaceAll('=', '')
      .slice(before === 0 ? 0 : before + 1, -2),
  ),
];
