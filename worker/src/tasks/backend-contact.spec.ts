import type { JsonObject } from '@flowplane/contracts';
import { connectKafka, makeTopicPublisher, type KafkaClient } from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTableDatabase, type TableDatabase } from './db-query/postgres/table-database.js';
import { makeDispatch, type ArrivedEnvelope, type Dispatch } from './dispatch.js';
import { mintAttemptToken } from './execution-token.js';
import { noConnections } from './connections/resolve-connection.js';
import { makeTaskHandlers } from './task-handlers.js';
import {
  attemptOf,
  openCountingListener,
  PLAIN_TOPICS,
  signedTenant,
  taskErrorOf,
  TOKEN_SETTINGS,
} from '../../test/tasks/attempts.js';
import type { CountingListener } from '../../test/tasks/attempts.js';
import type { TaskHandler } from './task-handler.js';

/** Broker, database, HTTP and mail server in one: a contact with any of them is a connection here. */
let backend: CountingListener;
let before = 0;
let kafka: KafkaClient;
let tables: TableDatabase;
let handlers: ReadonlyMap<string, TaskHandler>;
let dispatch: Dispatch;
let inputs: Readonly<Record<string, JsonObject>>;
beforeAll(async () => {
  backend = await openCountingListener();
  const logger = makeLogger({ service: 'test', level: 'silent' });
  kafka = await connectKafka({ brokers: [`127.0.0.1:${backend.port}`], clientId: 'test' }, logger);
  tables = openTableDatabase({
    url: `postgres://user:password@127.0.0.1:${backend.port}/tables`,
    sharedTables: [],
    maxConnections: 2,
    statementTimeoutMs: 1000,
    maxOutputBytes: 10_000,
    logger,
  });
  const { publish } = makeTopicPublisher(kafka, { replicationFactor: 1, deliveryTimeoutMs: 200 });
  const allowedHosts = new Set([`127.0.0.1:${backend.port}`]);
  handlers = makeTaskHandlers({
    ...{ token: TOKEN_SETTINGS, allowedHosts, publish, tableQuery: tables.query },
    ...{ eventTopics: PLAIN_TOPICS, connections: noConnections },
    mail: {
      server: { host: '127.0.0.1', port: backend.port, secure: false, requireTls: false, from: 'flows@example.com' },
      timeouts: { connectMs: 10_000, greetingMs: 10_000, socketMs: 10_000 },
    },
  });
  dispatch = makeDispatch({ token: TOKEN_SETTINGS, maxIoBytes: 100_000, handlers, echo: undefined });
  inputs = {
    'db.query': { engine: 'postgres', operation: 'list', tableName: 'orders' },
    'events.publish': { topic: 'a', messages: [{ value: 1 }] },
    'http.request': { url: `http://127.0.0.1:${backend.port}/` },
    'email.send': { to: ['a@example.com'], subject: 's' },
  };
});
afterAll(async () => {
  await tables.close();
  await kafka.close();
  backend.close();
});
beforeEach(() => {
  before = backend.connections();
});

const tenant = signedTenant('t1', 'w1');
const TYPES = ['db.query', 'events.publish', 'http.request', 'email.send'];
const once = { signal: new AbortController().signal, startToCloseMs: 60_000 };
const envelope = (taskType: string, over: Partial<ArrivedEnvelope> = {}): ArrivedEnvelope => ({
  nodeId: 'n',
  taskType,
  params: inputs[taskType] ?? {},
  tenant,
  ...over,
});

describe.each(TYPES)('%s', (taskType) => {
  it('contacts its backend with a valid envelope: the proofs below can fail', async () => {
    const error = await taskErrorOf(dispatch(envelope(taskType), once));
    expect(error).toMatchObject({ retryable: true });
    expect(error.message).not.toMatch(/password|eyJ/);
    expect(backend.connections()).toBeGreaterThan(before);
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
    const error = await taskErrorOf(dispatch(envelope(taskType, { tenant: given }), once));
    expect(error).toMatchObject({ code, retryable: false });
    expect(backend.connections()).toBe(before);
  });

  it('contacts nobody for another workspace, for too large an input, or for a wrong one', async () => {
    const params = inputs[taskType] ?? {};
    const codeOf = async (given: JsonObject): Promise<string> =>
      (await taskErrorOf(dispatch(envelope(taskType, { params: given }), once))).code;
    expect(await codeOf({ ...params, workspaceId: 'w2' })).toBe('FORBIDDEN');
    expect(await codeOf({ ...params, filler: 'x'.repeat(100_000) })).toBe('PAYLOAD_TOO_LARGE');
    expect(await codeOf({})).toBe('VALIDATION_ERROR');
    expect(backend.connections()).toBe(before);
  });
});

describe.each(TYPES)('%s touches nothing', (taskType) => {
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
  ])('with %s', async (_what, code, token) => {
    const run = handlers.get(taskType);
    const work = run?.(inputs[taskType] ?? {}, attemptOf(tenant, { token })) ?? Promise.reject(new Error('no handler'));
    const error = await taskErrorOf(work);
    expect(error).toMatchObject({ code, retryable: false });
    if (token !== '') expect(error.message).not.toContain(token);
    expect(backend.connections()).toBe(before);
  });

  it('but does with the token of its attempt', async () => {
    const work =
      handlers.get(taskType)?.(inputs[taskType] ?? {}, attemptOf(tenant)) ?? Promise.reject(new Error('none'));
    expect(await taskErrorOf(work)).toMatchObject({ retryable: true });
    expect(backend.connections()).toBeGreaterThan(before);
  });
});
