import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topicNames } from '@flowplane/contracts';
import { SERVICES, startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closedRun, expectStatus, identityHeaders, makeApiClient, publishFlow } from './driver/api-client.js';
import type { StartBody } from './driver/api-types.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { partitionsOf, readTopic, withLog } from './driver/log-reader.js';
import { startOidcProvider, type OidcServer } from './driver/oidc-provider.js';
import { spawnService } from './driver/spawned-service.js';

const secret = (of: string): string => `${of}-${randomBytes(16).toString('hex')}`;
const SECRETS = {
  gateway: secret('gateway'),
  execution: secret('execution'),
  trigger: secret('trigger'),
  data: secret('data'),
  boot: secret('boot'),
  collector: secret('collector'),
  cookie: secret('cookie'),
  signature: secret('signature'),
  urlPassword: secret('userinfo'),
  body: secret('body'),
  /** In the input of a task: the author's own to read back, and in no log. */
  authored: secret('authored'),
};
/** An execution token begins so: `{"tenantId":` */
const TOKEN_START = Buffer.from('{"tenantId":').toString('base64url').slice(0, 15);
const CALLER = { tenantId: 'acme', workspaceId: 'acme-main', actorId: 'alice' };
const OPERATOR = { 'x-tenant-id': 'platform', 'x-auth-subject': 'root', 'x-actor-roles': 'platform_admin' };
const WORKSPACE = '/v1/flows/workspaces/acme-main';
/** Which service meets which faults at its start. */
const BOOTED = [
  ['command-service', 'command-service/dist/main.js', 0, 1, 2],
  ['projection-service', 'projection-service/dist/main.js', 0],
  ['monitor-service', 'monitor-service/dist/main.js', 1],
  ['executor', 'worker/dist/executor/main.js', 0],
  ['worker', 'worker/dist/interpreter/main.js', 1, 2],
] as const;

let called: CalledServer;
let oidc: OidcServer;
let services: IsolatedServices;
let folder: string;
/** Everything that came back over HTTP, but for the answer that shows a new key once. */
const answers: string[] = [];
const credentials: Record<string, string> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowplane-secrets-'));
  called = await startCalledServer();
  oidc = await startOidcProvider({
    admin: { tenant_id: 'acme', realm_access: { roles: ['tenant_owner'] } },
    stranger: { tenant_id: 'globex', realm_access: { roles: ['viewer'] } },
  });
  services = await startServices({
    env: {
      LOG_LEVEL: 'trace',
      FLOWS_QUOTA_FLOW_STARTS_PER_MINUTE: '20',
      FLOWS_HTTP_ALLOW_HOSTS: called.hostPort,
      GATEWAY_SHARED_SECRET: SECRETS.gateway,
      FLOW_EXECUTION_TOKEN_SECRET: SECRETS.execution,
      FLOW_TRIGGER_SECRET_KEY: SECRETS.trigger,
      // Nothing listens there.
      FLOWS_DATA_POSTGRES_URL: `postgres://data:${SECRETS.data}@127.0.0.1:1/data`,
      FLOWS_JWKS_URL: oidc.jwksUrl,
      FLOWS_JWT_ISSUER: oidc.issuer,
      FLOWS_JWT_AUDIENCE: oidc.audience,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${SECRETS.collector}`,
    },
  });
});

afterAll(async () => {
  await services?.close();
  await oidc?.close();
  await called?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

type Headers = Readonly<Record<string, string>>;

/** One call over the gateway, or straight to a service; its whole answer is kept. */
async function call(method: string, target: string, headers: Headers, body?: string): Promise<number> {
  const url = target.startsWith('http') ? target : services.url + target;
  const sent = { cookie: `session=${SECRETS.cookie}`, 'content-type': 'application/json', ...headers };
  const response = await fetch(url, { method, headers: sent, ...(body === undefined ? {} : { body }) });
  const text = response.headers.get('content-type')?.includes('event-stream') ? await firstFrames(response) : undefined;
  answers.push(JSON.stringify([...response.headers]), text ?? (await response.text()));
  return response.status;
}

async function firstFrames(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return Buffer.from(value ?? []).toString();
}

async function makeKey(type: string): Promise<string> {
  const url = `${services.url}/v1/internal/flows/workspaces/acme-main/api-keys`;
  const headers = { ...OPERATOR, 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ type }) });
  expect(response.status).toBe(201);
  return ((await response.json()) as { readonly key: string }).key;
}

const task = (id: string, taskType: string, input: object, next?: string): object => ({
  ...{ id, type: 'task', taskType, input, retryPolicy: { maxAttempts: 2, initialInterval: 'PT0.1S' } },
  ...(next === undefined ? {} : { next }),
});
const flowOf = (...nodes: readonly object[]): object => ({ apiVersion: 'v1.0', name: 'x', nodes });

it('every credential is used, well and badly', async () => {
  // The first to publish there owns the workspace.
  await publishFlow(makeApiClient(services.url, CALLER), 'first', flowOf({ id: 'w', type: 'wait', duration: 'PT0S' }));
  for (const type of ['anon', 'service']) credentials[type] = await makeKey(type);
  const { anon = '', service = '' } = credentials;
  credentials['jwt'] = await oidc.token('admin');
  credentials['foreign'] = await oidc.token('stranger');
  const tampered = `${credentials['jwt'].slice(0, -8)}AAAAAAAA`;
  const reads = `${WORKSPACE}/flows?filter=${SECRETS.body}`;
  const statuses: number[] = [];
  for (const headers of [
    ...[{ authorization: `ApiKey ${service}` }, { authorization: `Bearer ${anon}` }, { apikey: service }],
    ...[{ 'x-api-key': `${service}x` }, { authorization: `Bearer ${credentials['jwt']}` }],
    ...[{ authorization: `Bearer ${credentials['foreign']}` }, { authorization: `Bearer ${tampered}` }],
    ...[{ authorization: `Basic ${SECRETS.cookie}` }, { 'x-gateway-auth': SECRETS.gateway }, {}],
    identityHeaders(CALLER),
  ] as readonly Headers[]) {
    statuses.push(await call('GET', reads, headers));
    statuses.push(await call('POST', `${WORKSPACE}/flows`, headers, `{"name":"${SECRETS.body}`));
    statuses.push(await call('GET', `${services.urls['command-service']}/v1/flows/unknown`, headers));
    statuses.push(await call('POST', `${services.urls['command-service']}${WORKSPACE}/flows`, headers, '{}'));
  }
  const webhook = { 'x-platform-webhook-signature': `sha256=${SECRETS.signature}` };
  statuses.push(await call('POST', `${WORKSPACE}/triggers/webhooks/f:webhook:default`, webhook, SECRETS.body));
  expect(new Set(statuses)).toEqual(new Set([...statuses, 200, 400, 401, 403, 404]));
  expect(statuses.filter((status) => status >= 500)).toEqual([]);
});

it('runs fail in many ways, with secrets in their inputs', async () => {
  const client = makeApiClient(services.url, CALLER);
  const input = {
    url: `${called.url}/with`,
    method: 'POST',
    headers: { authorization: `Bearer ${SECRETS.authored}`, cookie: SECRETS.authored },
    body: { password: SECRETS.authored },
  };
  const flows = {
    fine: flowOf(
      task('ask', 'http.request', input, 'tell'),
      task('tell', 'events.publish', { topic: 'secrets', messages: [{ value: 1 }] }),
    ),
    userinfo: flowOf(task('ask', 'http.request', { url: `http://user:${SECRETS.urlPassword}@127.0.0.1:1/` })),
    refused: flowOf(task('ask', 'http.request', { ...input, url: `http://${called.hostPort}9/?token=x` })),
    query: flowOf(task('ask', 'db.query', { engine: 'postgres', operation: 'list', tableName: 'orders' })),
  };
  const endings: Record<string, string> = {};
  for (const [flowId, definition] of Object.entries(flows)) {
    await publishFlow(client, flowId, definition);
    const started = await client.call<StartBody>('POST', `/flows/${flowId}/executions`, { body: { input: {} } });
    const { executionId } = expectStatus(started, 201);
    const run = await closedRun(client, flowId, executionId);
    endings[flowId] = run.failure?.code ?? run.status;
    answers.push(JSON.stringify(run.failure), JSON.stringify(await client.call('GET', '/audit')));
    const streamed = `${WORKSPACE}/executions/${encodeURIComponent(executionId)}/events`;
    await call('GET', `${streamed}?apikey=${credentials['service']}`, {});
  }
  expect(endings).toMatchObject({ fine: 'Completed', userinfo: 'SSRF_BLOCKED', query: 'UPSTREAM_UNAVAILABLE' });
  expect(called.headersOf('/with')[0]?.authorization).toBeUndefined();
});

it('services that cannot start say why, and tell no secret', async () => {
  const unreachable = `postgres://flows:${SECRETS.boot}@127.0.0.1:1/flows`;
  const faulty = [
    { FLOWS_DB_URL: unreachable, FLOWS_STATE_DB_URL: unreachable },
    { FLOWS_DB_URL: `postgres://flows:${SECRETS.boot}@host:no-port/flows`, FLOWS_STATE_DB_URL: '' },
    { FLOWS_JWKS_URL: `ftp://x:${SECRETS.boot}@host`, FLOWS_DATA_POSTGRES_URL: `mysql://x:${SECRETS.boot}@host` },
  ];
  const start = async (name: string, entry: string, index: number): Promise<void> => {
    const log = join(folder, `${name}-${index}.log`);
    const env = { ...services.env, PORT: '0', WORKER_HEALTH_PORT: '0', ...faulty[index], LOG_LEVEL: 'trace' };
    const started = spawnService(entry, env, log);
    expect(await started.ended, log).toBe(1);
    answers.push(await readFile(log, 'utf8'));
  };
  for (const [name, entry, ...faults] of BOOTED) await Promise.all(faults.map((index) => start(name, entry, index)));
  expect(answers.filter((text) => text.includes('"level":60'))).toHaveLength(8);
});

it('no answer, no output of a process and no topic shows any of them', async () => {
  await services.stop('command-service');
  await waitUntil('an export that failed', async () => (await logs()).includes('spans cannot be exported'), {
    timeoutMs: 30_000,
    everyMs: 500,
  });
  const password = new URL(services.env['FLOWS_DB_URL'] ?? '').password;
  const secrets = { ...SECRETS, ...credentials, password, token: TOKEN_START };
  expect(Object.values(secrets).every((text) => text.length >= 8)).toBe(true);
  const namesFoundIn = (text: string): readonly string[] =>
    Object.entries(secrets).flatMap(([name, value]) =>
      formsOf(value).some((form) => text.includes(form)) ? [name] : [],
    );
  expect(namesFoundIn(await logs())).toEqual([]);
  // A body that is no JSON is quoted to who sent it.
  expect(namesFoundIn(answers.join('\n')).filter((name) => name !== 'body')).toEqual([]);
  const { commands, events, runs, audit, deadLetters } = topicNames(services.env['FLOWS_TOPIC_PREFIX'] ?? '');
  const records = await withLog(services.env, async (kafka) => {
    const partitions = partitionsOf(services.env);
    const own = [commands, events, runs, audit].map((topic) => readTopic(kafka, topic, partitions));
    return (await Promise.all([...own, readTopic(kafka, deadLetters, 1)])).flat();
  });
  expect(records.length).toBeGreaterThan(20);
  const written = records.map(({ value, headers }) => `${value?.toString('latin1')} ${JSON.stringify(headers)}`);
  // What an author wrote into a definition is data of the tenant.
  const authored = ['authored', 'urlPassword'];
  expect(namesFoundIn(written.join('\n')).filter((name) => !authored.includes(name))).toEqual([]);
});

/** As it is written, and as it looks in base64 of a longer text, which has three places for a byte. */
const formsOf = (text: string): readonly string[] => [
  text,
  ...[0, 1, 2].map((before) =>
    Buffer.from(' '.repeat(before) + text)
      .toString('base64')
      .replaceAll('=', '')
      .slice(before === 0 ? 0 : before + 1, -2),
  ),
];

async function logs(): Promise<string> {
  return (await Promise.all(SERVICES.map((name) => readFile(services.logOf(name), 'utf8')))).join('\n');
}
