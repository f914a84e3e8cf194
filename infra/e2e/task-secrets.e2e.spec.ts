import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { topicNames } from '@flowplane/contracts';
import { SERVICES, startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  closedRun,
  expectStatus,
  makeApiClient,
  PATIENT,
  publishFlow,
  runPath,
  startRun,
} from './driver/api-client.js';
import { startEchoingBackends, type EchoingBackends } from './driver/echoing-backends.js';
import { engineHistories } from './driver/engine.js';
import { takeStream } from './driver/event-stream.js';
import { partitionsOf, readTopic, withLog } from './driver/log-reader.js';
import { filesWith, tablesOfDatabaseWith } from './driver/search-at-rest.js';
import { formsOf, makeSecretSearch } from './driver/secret-forms.js';

const secret = (of: string): string => `${of}-${randomBytes(16).toString('hex')}`;
/** Of the operator's own backends, and of connections of the workspace. */
const SECRETS = {
  ...{ execution: secret('execution'), smtp: secret('smtp'), s3: secret('storage'), llm: secret('llm') },
  ...{ postgres: secret('postgres'), mongo: secret('mongo') },
  ...{ ofBearer: secret('bearer'), ofBasic: secret('basic'), ofHeader: secret('header'), ofOauth: secret('oauth') },
  ...{ ofSmtp: secret('mail'), ofS3: secret('objects'), ofLlm: secret('model'), ofFunctions: secret('functions') },
  ...{ ofPostgres: secret('rows'), ofMongo: secret('documents') },
};
/** An execution token begins so: `{"tenantId":` */
const TOKEN_START = Buffer.from('{"tenantId":').toString('base64url').slice(0, 15);
/** An author's own text, which is in all of these places: what is looked through holds what was done. */
const MARKER = secret('marker');
const namesIn = makeSecretSearch({ ...SECRETS, token: TOKEN_START });
const CALLER = { tenantId: 'acme', workspaceId: 'acme-main', actorId: 'alice' };

let echo: EchoingBackends;
let services: IsolatedServices;
const answers: string[] = [];
/** Of the answers those that are event streams. */
const streams: string[] = [];

beforeAll(async () => {
  echo = await startEchoingBackends();
  services = await startServices({
    env: {
      LOG_LEVEL: 'trace',
      FLOWS_QUOTAS: 'off',
      FLOWS_HTTP_ALLOW_HOSTS: [echo.hostPort, `127.0.0.1:${echo.mailPort}`].join(','),
      FLOW_EXECUTION_TOKEN_SECRET: SECRETS.execution,
      FLOWS_SMTP_URL: `smtp://operator:${SECRETS.smtp}@127.0.0.1:${echo.mailPort}`,
      FLOWS_SMTP_FROM: 'flows@example.com',
      FLOWS_STORAGE_ENDPOINT: echo.url,
      FLOWS_STORAGE_ACCESS_KEY: 'operator',
      FLOWS_STORAGE_SECRET_KEY: SECRETS.s3,
      FLOWS_LLM_URL: echo.url,
      FLOWS_LLM_API_KEY: SECRETS.llm,
      FLOWS_FUNCTIONS_URL: echo.url,
      FLOWS_DATA_POSTGRES_URL: `postgres://operator:${SECRETS.postgres}@${echo.hostPort}/rows`,
      FLOWS_DATA_MONGO_URL: `mongodb://operator:${SECRETS.mongo}@${echo.hostPort}/documents`,
      FLOWS_DATA_MONGO_TIMEOUT: '2s',
    },
  });
});

afterAll(async () => {
  await services?.close();
  await echo?.close();
});

function connections(): Readonly<Record<string, object>> {
  const [host, port] = ['127.0.0.1', Number(new URL(echo.url).port)];
  const http = (auth: string, given: object, more: object = {}): object => ({
    ...{ kind: 'http', endpoint: { url: echo.url, auth, ...more }, secret: given },
  });
  return {
    bearer: http('bearer', { token: SECRETS.ofBearer }),
    basic: http('basic', { username: 'crm', password: SECRETS.ofBasic }),
    header: http('header', { value: SECRETS.ofHeader }, { headerName: 'x-crm-key' }),
    oauth: http('oauth2', { clientId: 'crm', clientSecret: SECRETS.ofOauth }, { tokenUrl: `${echo.url}/token` }),
    mail: {
      kind: 'smtp',
      endpoint: { host, port: echo.mailPort, secure: false, from: 'crm@example.com' },
      secret: { username: 'crm', password: SECRETS.ofSmtp },
    },
    objects: {
      kind: 's3',
      endpoint: { url: echo.url, region: 'us-east-1', bucket: 'crm' },
      secret: { accessKeyId: 'crm', secretAccessKey: SECRETS.ofS3 },
    },
    model: { kind: 'llm', endpoint: { url: echo.url }, secret: { apiKey: SECRETS.ofLlm } },
    functions: { kind: 'functions', endpoint: { url: echo.url }, secret: { token: SECRETS.ofFunctions } },
    rows: {
      kind: 'postgres',
      endpoint: { host, port, database: 'rows', tls: 'disable' },
      secret: { user: 'crm', password: SECRETS.ofPostgres },
    },
    documents: {
      kind: 'mongo',
      endpoint: { host, port, database: 'documents', tls: false },
      secret: { username: 'crm', password: SECRETS.ofMongo },
    },
  };
}

/** Per connection: a task that takes it, and what it asks. */
const CALLS: Readonly<Record<string, readonly [taskType: string, input: object]>> = {
  ...Object.fromEntries(
    ['bearer', 'basic', 'header', 'oauth'].map((name) => [name, ['http.request', { url: '/echo' }]]),
  ),
  mail: ['email.send', { to: ['a@example.com'], subject: MARKER }],
  objects: ['storage.put', { bucketId: 'b', objectKey: 'k', body: 'AAAA' }],
  model: ['llm.complete', { model: 'm', prompt: MARKER }],
  functions: ['functions.invoke', { actionId: 'a', params: { marker: MARKER } }],
  rows: ['db.query', { engine: 'postgres', operation: 'list', tableName: 'orders' }],
  documents: ['db.query', { engine: 'mongo', operation: 'list', collectionName: 'orders' }],
};

it('every secret is used against a server that repeats it', async () => {
  const client = makeApiClient(services.url, CALLER);
  const tasks: [flowId: string, taskType: string, input: object][] = [];
  for (const [name, [taskType, input]] of Object.entries(CALLS)) {
    const isHttp = taskType === 'http.request';
    tasks.push([`through-${name}`, taskType, { ...input, connection: name }]);
    tasks.push(
      isHttp
        ? [`failing-${name}`, taskType, { ...input, connection: name, failOn: ['4xx'] }]
        : [`operators-${name}`, taskType, input],
    );
  }
  const definition = (taskType: string, input: object): object => {
    const retryPolicy = { maxAttempts: 2, initialInterval: 'PT0.1S', timeouts: { startToClose: 'PT20S' } };
    return { apiVersion: 'v1.0', name: MARKER, nodes: [{ id: 'ask', type: 'task', taskType, input, retryPolicy }] };
  };
  // The first to publish there owns the workspace.
  await publishFlow(client, 'first', {
    apiVersion: 'v1.0',
    name: 'x',
    nodes: [{ id: 's', type: 'sequence', steps: [] }],
  });
  for (const [name, body] of Object.entries(connections())) {
    for (const [method, given] of [
      ['PUT', { body, headers: PATIENT }],
      ['GET', {}],
    ] as const) {
      const answer = await client.call(method, `/connections/${name}`, given);
      expect([name, method, answer.status]).toEqual([name, method, method === 'PUT' ? 201 : 200]);
      answers.push(JSON.stringify([answer.body, [...answer.headers]]));
    }
  }
  answers.push(JSON.stringify((await client.call('GET', '/connections')).body));
  const runs = await Promise.all(
    tasks.map(async ([flowId, taskType, input]) => {
      await publishFlow(client, flowId, definition(taskType, input));
      const { executionId } = await startRun(client, flowId, { marker: MARKER });
      const run = await closedRun(client, flowId, executionId);
      const detail = await client.call('GET', runPath(flowId, executionId));
      const stream = await takeStream(client, executionId, { timeoutMs: 120_000 });
      answers.push(JSON.stringify(run), JSON.stringify(expectStatus(detail, 200)), stream.text);
      streams.push(stream.text);
      return [flowId, run.failure?.code ?? run.status] as const;
    }),
  );
  answers.push(JSON.stringify((await client.call('GET', '/audit')).body));
  expect(Object.fromEntries(runs)).toMatchObject({
    ...{ 'through-bearer': 'Completed', 'through-basic': 'Completed', 'through-header': 'Completed' },
    ...{ 'failing-bearer': 'CLIENT_ERROR', 'through-mail': 'UPSTREAM_ERROR', 'operators-mail': 'UPSTREAM_ERROR' },
  });
  // All that a server was told. A key of S3 only signs, and these databases do not get so far as to ask for a password.
  const sent = Object.keys(SECRETS).filter((name) => !/execution|s3|postgres|mongo/i.test(name));
  expect(new Set(namesIn(echo.told()))).toEqual(new Set([...sent, 'token']));
});

it('no topic, file of a broker, database, history, event stream, output of a process and answer shows any of them', async () => {
  const { env } = services;
  const prefix = env['FLOWS_TOPIC_PREFIX'] ?? '';
  const topics = topicNames(prefix);
  const records = await withLog(env, async (kafka) => {
    const own = [topics.commands, topics.events, topics.runs, topics.audit];
    const read = own.map((topic) => readTopic(kafka, topic, partitionsOf(env)));
    return (await Promise.all([...read, readTopic(kafka, topics.deadLetters, 1)])).flat();
  });
  const inRecords = records.flatMap(({ key, value, headers }) => [key, value, JSON.stringify(headers)]);
  expect(inRecords.some((value) => value?.includes(MARKER))).toBe(true);
  expect(inRecords.flatMap(namesIn)).toEqual([]);

  // Deleted and compacted records, and what no reader is shown. Brokers elsewhere have their files elsewhere.
  const folder = join(dirname(tmpdir()), 'stack', 'kafka');
  if (existsSync(folder)) {
    const inFiles = (sought: readonly string[]) =>
      filesWith(folder, sought, (path) => basename(dirname(path)).startsWith(prefix) && path.endsWith('.log'));
    expect((await inFiles([MARKER])).length).toBeGreaterThan(0);
    expect(await inFiles([...Object.values(SECRETS), TOKEN_START].flatMap(formsOf))).toEqual([]);
  }

  const histories = Object.values(await engineHistories(env)).flat();
  expect(histories.some((leaf) => leaf.includes(MARKER))).toBe(true);
  expect(histories.flatMap(namesIn)).toEqual([]);

  const forms = [...Object.values(SECRETS), TOKEN_START].flatMap(formsOf);
  const databases = [env['FLOWS_DB_URL'] ?? '', env['FLOWS_STATE_DB_URL'] ?? ''];
  expect(await tablesOfDatabaseWith(databases[0] ?? '', [MARKER])).toContain('flows.flows');
  for (const url of databases) expect(await tablesOfDatabaseWith(url, forms)).toEqual([]);

  for (const name of SERVICES) {
    expect([name, namesIn(await readFile(services.logOf(name), 'utf8'))]).toEqual([name, []]);
  }
  expect(answers.join()).toContain(MARKER);
  expect(streams.join()).toContain('node-status');
  expect(answers.flatMap(namesIn)).toEqual([]);
});
