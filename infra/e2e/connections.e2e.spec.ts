import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { topicNames } from '@flowplane/contracts';
import { makePool } from '@flowplane/plumbing/postgres';
import { SERVICES, startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  closedRun,
  expectStatus,
  makeApiClient,
  PATIENT,
  publishFlow,
  send,
  startRun,
  type Answer,
  type ApiClient,
} from './driver/api-client.js';
import type { AuditItem, ListBody } from './driver/api-types.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { waitFlow } from './driver/definitions.js';
import { engineHistories } from './driver/engine.js';
import { partitionsOf, readTopic, withLog } from './driver/log-reader.js';
import { holds, tablesOfDatabaseWith } from './driver/search-at-rest.js';
import { settledLog } from './driver/settled-log.js';
import { holdProjections } from './driver/slow-projections.js';

/** Secrets of the tenant in the state database. */
async function keptSecrets(): Promise<number> {
  const pool = makePool(services.env['FLOWS_STATE_DB_URL'] ?? '', { max: 1, applicationName: 'test' });
  const { rows } = await pool.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM secrets.sealed WHERE tenant_id = 'acme'",
  );
  await pool.end();
  return rows[0]?.count ?? -1;
}

type Warned = { readonly warnings?: readonly { readonly code: string; readonly path: string }[] };
type Connection = {
  readonly name: string;
  readonly version: number;
  readonly fingerprint: string | null;
  readonly createdAt: string;
  readonly rotatedAt: string;
  readonly rotatedBy: string;
};
type Page = { readonly items: readonly Connection[]; readonly nextPageToken: string | null };
type Refused = {
  readonly code: string;
  readonly message: string;
  readonly dimension?: string;
  readonly errors?: readonly { readonly path: string }[];
  readonly versions?: readonly object[];
};

const OPERATOR = { 'x-tenant-id': 'platform', 'x-auth-subject': 'root', 'x-actor-roles': 'platform_admin' };

/** A secret that is used in a test, and sought at the end. */
const SECRETS: string[] = [];
function secret(): string {
  const made = `secret-${randomBytes(16).toString('hex')}`;
  SECRETS.push(made);
  return made;
}

let called: CalledServer;
let services: IsolatedServices;
let acme: ApiClient;
/** Of every answer of these tests. */
const answers: string[] = [];

beforeAll(async () => {
  called = await startCalledServer();
  services = await startServices({
    env: {
      ...{ LOG_LEVEL: 'trace', FLOWS_QUOTAS: 'off', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort },
      // Read models are held back on purpose.
      ...{ FLOWS_MAX_CONNECTIONS: '4', FLOWS_MAX_LAG: '10m' },
    },
  });
  acme = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main', actorId: 'alice' });
});
afterAll(async () => {
  await services?.close();
  await called?.close();
});

async function call<Body>(
  client: ApiClient,
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = PATIENT,
): Promise<Answer<Body>> {
  const answer = await client.call<Body>(method, path, { headers, ...(body === undefined ? {} : { body }) });
  answers.push(JSON.stringify([...answer.headers]), JSON.stringify(answer.body));
  return answer;
}

const bearer = (token: string, url = called.url) => ({
  kind: 'http',
  endpoint: { url, auth: 'bearer' },
  secret: { token },
});
const put = async (client: ApiClient, name: string, token: string, status = 201): Promise<Connection> =>
  expectStatus(await call<Connection>(client, 'PUT', `/connections/${name}`, bearer(token)), status);
const refused = async (status: number, method: string, path: string, body?: object): Promise<Refused> =>
  expectStatus(await call<Refused>(acme, method, path, body), status);
const asking = (path: string, connection: unknown): object => ({
  ...{ apiVersion: 'v1.0', name: 'ask' },
  nodes: [
    {
      id: 'ask',
      type: 'task',
      taskType: 'http.request',
      input: { url: called.url + path, timeoutMs: 30_000, connection },
    },
  ],
});
/** What the server was sent as authorization, call by call. */
const tokensAt = (path: string): readonly (string | undefined)[] =>
  called.headersOf(path).map(({ authorization }) => authorization);
async function endOf(client: ApiClient, flowId: string, executionId: string): Promise<string> {
  const run = await closedRun(client, flowId, executionId);
  answers.push(JSON.stringify(run));
  return run.failure?.code ?? run.status;
}
const ran = async (client: ApiClient, flowId: string): Promise<string> =>
  endOf(client, flowId, (await startRun(client, flowId)).executionId);

describe('a connection', () => {
  it('is made, read, replaced and removed, and its secret is not shown', async () => {
    const [first, second] = [secret(), secret()];
    const made = await put(acme, 'life', first);
    expect(made).toMatchObject({ name: 'life', kind: 'http', version: 1, rotatedBy: 'alice' });
    const read = (): Promise<Answer<Connection>> => call<Connection>(acme, 'GET', '/connections/life');
    expect(expectStatus(await read(), 200)).toEqual(made);
    const rotated = await put(makeApiClient(services.url, { ...acme.caller, actorId: 'bob' }), 'life', second, 200);
    expect(rotated).toMatchObject({ version: 2, createdAt: made.createdAt, rotatedBy: 'bob' });
    expect(rotated.fingerprint).not.toBe(made.fingerprint);
    const back = await put(acme, 'life', first, 200);
    expect(back).toMatchObject({ version: 3, fingerprint: made.fingerprint, rotatedBy: 'alice' });
    expect(expectStatus(await read(), 200)).toEqual(back);
    await put(acme, 'another', first);
    const { items, nextPageToken } = expectStatus(await call<Page>(acme, 'GET', '/connections?page[size]=1'), 200);
    expect(items.map(({ name }) => name)).toEqual(['another']);
    const next = await call<Page>(acme, 'GET', `/connections?page[size]=1&page[after]=${nextPageToken}`);
    expect(expectStatus(next, 200)).toEqual({ items: [back], nextPageToken: null });
    for (const name of ['life', 'another']) {
      expect(await call(acme, 'DELETE', `/connections/${name}`)).toMatchObject({
        status: 200,
        body: { removed: true },
      });
    }
    expect(await call(acme, 'DELETE', '/connections/life')).toMatchObject({ status: 404 });
    expect((await read()).body).toMatchObject({ code: 'CONNECTION_NOT_FOUND' });
    const audit = expectStatus(await acme.call<ListBody<AuditItem>>('GET', '/audit'), 200).items;
    const changes = audit.filter(({ connectionName }) => connectionName === 'life');
    expect(changes.map(({ eventType, actorId, flowId }) => [eventType, actorId, flowId])).toEqual([
      ['connection.removed', 'alice', null],
      ['connection.put', 'alice', null],
      ['connection.put', 'bob', null],
      ['connection.put', 'alice', null],
    ]);
  });

  it('is refused by name, body, size and number, and no refusal quotes it', async () => {
    const body = bearer(secret());
    for (const name of ['default', 'Crm', '-crm', 'c'.repeat(64), 'a%20b']) {
      expect(await refused(400, 'PUT', `/connections/${name}`, body)).toMatchObject({
        code: 'INVALID_CONNECTION_NAME',
      });
    }
    const misplaced = { ...body, endpoint: { ...body.endpoint, token: secret() } };
    const faulty = await refused(400, 'PUT', '/connections/crm', misplaced);
    expect(faulty).toMatchObject({ code: 'CONNECTION_INVALID', errors: [{ path: '/endpoint/token' }] });
    const large = { ...body, filler: 'x'.repeat(65_536) };
    expect(await refused(413, 'PUT', '/connections/crm', large)).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    const broken = await fetch(acme.urlOf('/connections/crm'), {
      ...{ method: 'PUT', headers: { ...acme.headers, 'content-type': 'application/json' } },
      body: `{"secret":${secret()}`,
    });
    expect(broken.status).toBe(400);
    answers.push(await broken.text());
    for (const name of ['a', 'b', 'c', 'd']) await put(acme, name, secret());
    const kept = await keptSecrets();
    const over = await refused(429, 'PUT', '/connections/e', body);
    expect(over).toMatchObject({ code: 'QUOTA_EXCEEDED', dimension: 'max_connections' });
    expect(await keptSecrets()).toBe(kept);
    for (const name of ['a', 'b', 'c', 'd']) await call(acme, 'DELETE', `/connections/${name}`);
  });

  it('is put once under an Idempotency-Key, which stands for one body', async () => {
    const token = secret();
    const headers = { ...PATIENT, 'idempotency-key': 'put-once' };
    const again = (body: object) => call<Connection>(acme, 'PUT', '/connections/once', body, headers);
    const made = expectStatus(await again(bearer(token)), 201);
    const replay = await again(bearer(token));
    expect([replay.status, replay.body]).toEqual([201, made]);
    expect(replay.headers.get('x-idempotent-replay')).toBe('true');
    expect(await again(bearer(secret()))).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    await call(acme, 'DELETE', '/connections/once');
  });
});

describe('flows', () => {
  const warningsOf = ({ warnings = [] }: Warned) => warnings.filter(({ code }) => code === 'FLW-W005');

  it('may name a connection that is not there, which is said, and keep one from being removed', async () => {
    const definition = asking('/kept', 'kept');
    await call(acme, 'POST', '/flows', { name: 'user', flowId: 'user', definition });
    const validate = async (): Promise<Warned> => expectStatus(await call(acme, 'POST', '/flows/user/validate'), 200);
    const publish = async (): Promise<Warned> => expectStatus(await call(acme, 'POST', '/flows/user/versions'), 201);
    const at = '/nodes/0/input/connection';
    expect(warningsOf(await validate())).toMatchObject([{ path: at }]);
    expect(warningsOf(await publish())).toMatchObject([{ path: at }]);
    expect(await ran(acme, 'user')).toBe('CONNECTION_NOT_FOUND');
    const mail = { kind: 'smtp', endpoint: { host: 'smtp.example.com', port: 25, secure: false } };
    expectStatus(await call(acme, 'PUT', '/connections/kept', mail), 201);
    expect(warningsOf(await validate())).toMatchObject([{ path: at }]);
    expect(await ran(acme, 'user')).toBe('VALIDATION_ERROR');
    await put(acme, 'kept', secret(), 200);
    expect(warningsOf(await validate())).toEqual([]);
    expect(await ran(acme, 'user')).toBe('Completed');
    expect(await refused(409, 'DELETE', '/connections/kept')).toMatchObject({
      code: 'CONNECTION_IN_USE',
      versions: [{ flowId: 'user', version: 1 }],
    });
    await call(acme, 'PATCH', '/flows/user', { definition: waitFlow('PT0S') });
    await publish();
    expectStatus(await call(acme, 'DELETE', '/flows/user/versions/1'), 200);
    expectStatus(await call(acme, 'DELETE', '/connections/kept'), 200);
  });

  it('name it by a literal', async () => {
    const definition = asking('/literal', '${{ inputs.connection }}');
    await call(acme, 'POST', '/flows', { name: 'literal', flowId: 'literal', definition });
    const error = await refused(422, 'POST', '/flows/literal/versions');
    expect(error.errors).toMatchObject([{ code: 'FLW-E005', nodeId: 'ask' }]);
  });
});

describe('runs', () => {
  it('use the secret that is in force when an attempt begins; one under way keeps the one that it began with', async () => {
    const [old, fresh] = [secret(), secret()];
    await put(acme, 'rotated', old);
    await publishFlow(acme, 'rotated', asking('/rotated', 'rotated'));
    called.hold('/rotated');
    const { executionId } = await startRun(acme, 'rotated');
    await waitUntil('the call', () => Promise.resolve(called.calls.get('/rotated') === 1), {
      timeoutMs: 60_000,
      everyMs: 50,
    });
    await put(acme, 'rotated', fresh, 200);
    called.release('/rotated');
    expect(await endOf(acme, 'rotated', executionId)).toBe('Completed');
    expect(await ran(acme, 'rotated')).toBe('Completed');
    // The key that secrets of the tenant are encrypted with is another matter.
    const rotation = `${services.url}/v1/internal/flows/tenants/acme/key/rotations`;
    const rotated = await send<{ readonly reencrypted: number }>(rotation, 'POST', { headers: OPERATOR });
    expect(expectStatus(rotated, 200).reencrypted).toBeGreaterThan(0);
    expect(await ran(acme, 'rotated')).toBe('Completed');
    expect(tokensAt('/rotated')).toEqual([`Bearer ${old}`, `Bearer ${fresh}`, `Bearer ${fresh}`]);
  });

  it('see what was put before they were asked for, also where the read models are behind', async () => {
    const [old, fresh] = [secret(), secret()];
    await put(acme, 'behind', old);
    await publishFlow(acme, 'behind', asking('/behind', 'behind'));
    expect(await ran(acme, 'behind')).toBe('Completed');
    const later = { prefer: 'respond-async' };
    const executionId = await holdProjections(services.env['FLOWS_DB_URL'], async () => {
      expectStatus(await call(acme, 'PUT', '/connections/behind', bearer(fresh), later), 202);
      const path = '/flows/behind/executions';
      const started = await call<{ readonly executionId: string }>(acme, 'POST', path, { input: {} }, later);
      await settledLog(services.env);
      return expectStatus(started, 202).executionId;
    });
    // It is known, and over, when the read models go on.
    await waitUntil('the run', async () => (await call(acme, 'GET', runPath(executionId))).status === 200, {
      timeoutMs: 60_000,
      everyMs: 100,
    });
    expect(await endOf(acme, 'behind', executionId)).toBe('Completed');
    expect(tokensAt('/behind')).toEqual([`Bearer ${old}`, `Bearer ${fresh}`]);
  });
  const runPath = (executionId: string): string => `/flows/behind/executions/${encodeURIComponent(executionId)}`;

  it('of each tenant and workspace have their own under one name', async () => {
    const clients = [
      acme,
      makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-side' }),
      makeApiClient(services.url, { tenantId: 'globex', workspaceId: 'globex-main' }),
    ];
    const tokens = clients.map(secret);
    for (const [index, client] of clients.entries()) {
      await put(client, 'shared', tokens[index] as string);
      await publishFlow(client, 'shared', asking(`/shared-${index}`, 'shared'));
    }
    for (const client of clients) expect(await ran(client, 'shared')).toBe('Completed');
    for (const [index, token] of tokens.entries()) expect(tokensAt(`/shared-${index}`)).toEqual([`Bearer ${token}`]);
    const [, side] = clients as [ApiClient, ApiClient];
    expectStatus(await call(side, 'DELETE', '/flows/shared'), 200);
    expectStatus(await call(side, 'DELETE', '/connections/shared'), 200);
    expectStatus(await call(acme, 'GET', '/connections/shared'), 200);
  });
});

it('no secret is in the log, the engine, a database, an answer or the output of a process', async () => {
  expect(SECRETS.length).toBeGreaterThan(10);
  const found = (texts: readonly (string | Buffer | null)[]): readonly string[] =>
    SECRETS.filter((one) => texts.some((text) => holds(text, one)));
  expect(found(answers)).toEqual([]);
  expect(found(await Promise.all(SERVICES.map((name) => readFile(services.logOf(name), 'utf8'))))).toEqual([]);
  const histories = Object.values(await engineHistories(services.env)).flat();
  expect(histories.length).toBeGreaterThan(0);
  expect(found(histories)).toEqual([]);
  const names = topicNames(services.env['FLOWS_TOPIC_PREFIX'] ?? '');
  const records = await withLog(services.env, async (kafka) => {
    const partitions = partitionsOf(services.env);
    const topics = [names.commands, names.events, names.runs, names.audit];
    return (await Promise.all(topics.map((topic) => readTopic(kafka, topic, partitions)))).flat();
  });
  expect(records.length).toBeGreaterThan(0);
  expect(found(records.map(({ value }) => value))).toEqual([]);
  for (const url of [services.env['FLOWS_DB_URL'], services.env['FLOWS_STATE_DB_URL']]) {
    expect(await tablesOfDatabaseWith(url ?? '', SECRETS)).toEqual([]);
  }
});
