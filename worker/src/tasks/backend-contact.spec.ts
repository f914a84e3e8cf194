import { taskTypes, type JsonObject } from '@flowplane/contracts';
import { integer, readConfig } from '@flowplane/plumbing/config';
import { connectKafka, makeTopicPublisher, type KafkaClient } from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TASK_BACKEND_ENTRIES } from './backend-config.js';
import { noConnections, type ResolveConnection } from './connections/resolve-connection.js';
import { makeDispatch, type ArrivedEnvelope, type Dispatch } from './dispatch.js';
import { mintAttemptToken } from './execution-token.js';
import { openTaskBackends, type OpenTaskBackends } from './open-task-backends.js';
import {
  attemptOf,
  openCountingListener,
  PLAIN_TOPICS,
  signedTenant,
  taskErrorOf,
  TOKEN_SETTINGS,
} from '../../test/tasks/attempts.js';
import type { CountingListener } from '../../test/tasks/attempts.js';
import type { TaskAttempt, TaskHandler } from './task-handler.js';

/** Broker, databases, HTTP, object and mail server in one: a contact with any of them is a connection here. */
let backend: CountingListener;
let before = 0;
let kafka: KafkaClient;
let backends: OpenTaskBackends;
let handlers: ReadonlyMap<string, TaskHandler>;
let dispatch: Dispatch;
let asked = 0;
const countingConnections: ResolveConnection = (...question) => {
  asked += 1;
  return noConnections(...question);
};
async function open(): Promise<void> {
  backend = await openCountingListener();
  const logger = makeLogger({ service: 'test', level: 'silent' });
  kafka = await connectKafka({ brokers: [`127.0.0.1:${backend.port}`], clientId: 'test' }, logger);
  const { publish } = makeTopicPublisher(kafka, { replicationFactor: 1, deliveryTimeoutMs: 200 });
  const at = `127.0.0.1:${backend.port}`;
  const env = {
    FLOWS_HTTP_ALLOW_HOSTS: at,
    FLOWS_DATA_POSTGRES_URL: `postgres://user:password@${at}/tables`,
    FLOWS_DATA_POSTGRES_TIMEOUT: '1s',
    FLOWS_DATA_MONGO_URL: `mongodb://${at}/documents?serverSelectionTimeoutMS=1000`,
    FLOWS_STORAGE_ENDPOINT: `http://${at}`,
    FLOWS_STORAGE_ACCESS_KEY: 'user',
    FLOWS_STORAGE_SECRET_KEY: 'password',
    FLOWS_FUNCTIONS_URL: `http://${at}`,
    FLOWS_LLM_URL: `http://${at}`,
    FLOWS_SMTP_URL: `smtp://user:password@${at}`,
    FLOWS_SMTP_FROM: 'flows@example.com',
  };
  backends = openTaskBackends({
    config: readConfig(env, { ...TASK_BACKEND_ENTRIES, maxTaskIoBytes: integer('FLOWS_MAX_TASK_IO_BYTES', 10_000) }),
    ...{ token: TOKEN_SETTINGS, connections: countingConnections, logger, publish, eventTopics: PLAIN_TOPICS },
  });
  handlers = backends.handlers;
  dispatch = makeDispatch({ token: TOKEN_SETTINGS, maxIoBytes: 100_000, handlers, echo: undefined });
}
async function close(): Promise<void> {
  await backends.close();
  await kafka.close();
  backend.close();
}

const tenant = signedTenant('t1', 'w1');
const CALLS: readonly (readonly [what: string, taskType: string, input: () => JsonObject])[] = [
  ['db.query of tables', 'db.query', () => ({ engine: 'postgres', operation: 'list', tableName: 'orders' })],
  ['db.query of documents', 'db.query', () => ({ engine: 'mongo', operation: 'list', collectionName: 'orders' })],
  ['storage.put', 'storage.put', () => ({ bucketId: 'b', objectKey: 'k', body: 'AA==' })],
  ['storage.get', 'storage.get', () => ({ bucketId: 'b', objectKey: 'k' })],
  ['functions.invoke', 'functions.invoke', () => ({ actionId: 'a' })],
  ['events.publish', 'events.publish', () => ({ topic: 'a', messages: [{ value: 1 }] })],
  ['http.request', 'http.request', () => ({ url: `http://127.0.0.1:${backend.port}/` })],
  ['email.send', 'email.send', () => ({ to: ['a@example.com'], subject: 's' })],
  ['llm.complete', 'llm.complete', () => ({ model: 'm', prompt: 'p' })],
];
const once = { signal: new AbortController().signal, startToCloseMs: 60_000 };
const envelope = (taskType: string, params: JsonObject, over: Partial<ArrivedEnvelope> = {}): ArrivedEnvelope => ({
  nodeId: 'n',
  taskType,
  params,
  tenant,
  ...over,
});

it('every type of the catalogue is here', () => {
  expect(new Set(CALLS.map(([, taskType]) => taskType))).toEqual(new Set(taskTypes().map(({ id }) => id)));
});

describe.each(CALLS)('%s', (_name, taskType, input) => {
  beforeAll(open);
  afterAll(close);
  beforeEach(() => {
    before = backend.connections();
  });

  it.each<[string, string, unknown]>([
    ['absent', 'UNAUTHENTICATED', undefined],
    ['null', 'UNAUTHENTICATED', null],
    ['a text', 'EXECUTION_TOKEN_INVALID', 'tenant'],
    ['unsigned', 'EXECUTION_TOKEN_INVALID', { ...tenant, signature: '' }],
    ['signed by nobody we know', 'EXECUTION_TOKEN_INVALID', { ...tenant, signature: 'AAAA' }],
    ['signed for another run', 'EXECUTION_TOKEN_INVALID', { ...tenant, executionId: 't1:w1:f1:y' }],
    ['signed for another workspace', 'EXECUTION_TOKEN_INVALID', { ...tenant, workspaceId: 'w2' }],
    ['signed for another tenant', 'EXECUTION_TOKEN_INVALID', { ...tenant, tenantId: 't2' }],
    ['of an unknown derivation', 'EXECUTION_TOKEN_INVALID', { ...tenant, keyDerivation: 'none' }],
  ])('contacts nobody when the envelope is %s', async (_what, code, given) => {
    const error = await taskErrorOf(dispatch(envelope(taskType, input(), { tenant: given }), once));
    expect(error).toMatchObject({ code, retryable: false });
    expect(backend.connections()).toBe(before);
  });

  it('contacts nobody for another workspace, for too large an input, or for a wrong one', async () => {
    const params = input();
    const codeOf = async (given: JsonObject): Promise<string> =>
      (await taskErrorOf(dispatch(envelope(taskType, given), once))).code;
    expect(await codeOf({ ...params, workspaceId: 'w2' })).toBe('FORBIDDEN');
    expect(await codeOf({ ...params, filler: 'x'.repeat(100_000) })).toBe('PAYLOAD_TOO_LARGE');
    expect(await codeOf({})).toBe('VALIDATION_ERROR');
    expect(backend.connections()).toBe(before);
  });

  const other = signedTenant('t1', 'w2');
  const elsewhere = signedTenant('t2', 'w1');
  const expired = mintAttemptToken(tenant, 60_000, { ...TOKEN_SETTINGS, now: () => 1_000_000 - 120_000 });
  const own = mintAttemptToken(tenant, 60_000, TOKEN_SETTINGS);
  const [payload = '', signature = ''] = own.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>;
  const altered = (change: object): string =>
    `${Buffer.from(JSON.stringify({ ...claims, ...change })).toString('base64url')}.${signature}`;

  it.each<[string, string, string]>([
    ['no token', 'EXECUTION_TOKEN_INVALID', ''],
    ['half a token', 'EXECUTION_TOKEN_INVALID', payload],
    ['a token without signature', 'EXECUTION_TOKEN_INVALID', `${payload}.`],
    ['a token with another signature', 'EXECUTION_TOKEN_INVALID', `${payload}.${signature.slice(0, -4)}AAAA`],
    ['a token whose life was made longer', 'EXECUTION_TOKEN_INVALID', altered({ expiresAt: 9e15 })],
    ['a token whose workspace was changed', 'EXECUTION_TOKEN_INVALID', altered({ workspaceId: 'w2' })],
    ['a token of an unknown derivation', 'EXECUTION_TOKEN_INVALID', altered({ keyDerivation: 'none' })],
    [
      'a token made with another secret',
      'EXECUTION_TOKEN_INVALID',
      mintAttemptToken(tenant, 60_000, { ...TOKEN_SETTINGS, secret: 'another-secret-of-thirty-two-characters' }),
    ],
    [
      'a token of another workspace',
      'EXECUTION_TOKEN_TENANT_MISMATCH',
      mintAttemptToken(other, 60_000, TOKEN_SETTINGS),
    ],
    [
      'a token of another tenant',
      'EXECUTION_TOKEN_TENANT_MISMATCH',
      mintAttemptToken(elsewhere, 60_000, TOKEN_SETTINGS),
    ],
    ['a token that has expired', 'EXECUTION_TOKEN_EXPIRED', expired],
  ])('contacts nobody with %s', async (_what, code, token) => {
    const run = handlers.get(taskType);
    const work = run?.(input(), attemptOf(tenant, { token })) ?? Promise.reject(new Error('no handler'));
    const error = await taskErrorOf(work);
    expect(error).toMatchObject({ code, retryable: false });
    if (token !== '') expect(error.message).not.toContain(token);
    expect(backend.connections()).toBe(before);
  });

  it('asks for no connection with the token of another workspace', async () => {
    const askedBefore = asked;
    const named = (over: Partial<TaskAttempt> = {}) =>
      taskErrorOf(
        handlers.get(taskType)?.({ ...input(), connection: 'crm' }, attemptOf(tenant, over)) ??
          Promise.reject(new Error()),
      );
    const foreign = mintAttemptToken(other, 60_000, TOKEN_SETTINGS);
    expect(await named({ token: foreign })).toMatchObject({ code: 'EXECUTION_TOKEN_TENANT_MISMATCH' });
    expect(asked).toBe(askedBefore);
    if (taskType === 'events.publish') return;
    expect(await named()).toMatchObject({ code: 'CONNECTION_NOT_FOUND', retryable: false });
    expect(asked).toBe(askedBefore + 1);
    expect(backend.connections()).toBe(before);
  });

  // A driver that has been asked may go on to connect by itself, so this comes last.
  it('contacts its backend with a valid envelope: the proofs above can fail', async () => {
    const error = await taskErrorOf(dispatch(envelope(taskType, input()), once));
    expect(error).toMatchObject({ retryable: true });
    expect(error.message).not.toMatch(/password|eyJ/);
    expect(backend.connections()).toBeGreaterThan(before);
  });

  it('and with the token of its attempt', async () => {
    const work = handlers.get(taskType)?.(input(), attemptOf(tenant)) ?? Promise.reject(new Error('none'));
    expect(await taskErrorOf(work)).toMatchObject({ retryable: true });
    expect(backend.connections()).toBeGreaterThan(0);
  });
});
