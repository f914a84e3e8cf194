import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { FlowNode, JsonObject, RetryPolicy } from '@flowplane/contracts';
import { deleteTopics, ensureTopic, makeDirectReader, type KafkaClient } from '@flowplane/plumbing/kafka';
import { startKafkaTrial, type KafkaTrial } from '@flowplane/plumbing/test/kafka';
import { startFerretDb, type FerretDb } from '@flowplane/stack';
import type { WorkflowHandle } from '@temporalio/client';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunInput } from '../shared/run-input.js';
import { openDataDatabase, scopedTable, type DataDatabase } from '../../test/tasks/data-database.js';
import { openTestInterpreter, type TestInterpreter } from '../../test/interpreter/test-interpreter.js';
import { openUpstream, type Upstream } from '../../test/interpreter/upstream.js';

const topic = `attempts-${randomUUID().slice(0, 8)}`;
const physicalTopic = `evt.w1.${topic}`;
const SCHEMA = `
  ${scopedTable('orders', 'id int PRIMARY KEY, total numeric')}
  ${scopedTable('large', 'body text')}
  INSERT INTO orders VALUES ('t1', 'w1', 1, 10.5);
  INSERT INTO large SELECT 't1', 'w1', repeat('x', 1000000) FROM generate_series(1, 3);`;

let trial: KafkaTrial;
let kafka: KafkaClient;
let upstream: Upstream;
let noHttp: Server;
let database: DataDatabase;
let documents: FerretDb;
let interpreter: TestInterpreter;
const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const CLOSED_PORT = 1;
beforeAll(async () => {
  trial = await startKafkaTrial('attempts');
  kafka = trial.client;
  const spec = { name: physicalTopic, partitions: 1, config: {} };
  await ensureTopic(kafka, spec, { partitions: 1, replicationFactor: 1 });
  upstream = await openUpstream();
  noHttp = createServer((socket) => void socket.end('this is not http\r\n\r\n'));
  await new Promise<void>((resolve) => noHttp.listen(0, '127.0.0.1', resolve));
  database = await openDataDatabase(SCHEMA);
  documents = await startFerretDb();
  const owner = new MongoClient(documents.url);
  await owner.db('data').createCollection('notes');
  await owner.close();
  interpreter = await openTestInterpreter({
    FLOWS_HTTP_ALLOW_HOSTS: [upstream.host, `127.0.0.1:${portOf(noHttp)}`, `127.0.0.1:${CLOSED_PORT}`].join(','),
    FLOWS_DATA_POSTGRES_URL: database.url,
    FLOWS_DATA_MONGO_URL: `${documents.url}data`,
    FLOWS_STORAGE_ENDPOINT: `http://127.0.0.1:${CLOSED_PORT}`,
    FLOWS_STORAGE_ACCESS_KEY: 'key',
    FLOWS_STORAGE_SECRET_KEY: 'secret',
    FLOWS_FUNCTIONS_URL: upstream.url('/functions'),
    FLOWS_DEV_ECHO_TASKS: '0',
    // More replicas than there are brokers: topics that exist can be written to, others cannot be made.
    FLOWS_REPLICATION_FACTOR: '9',
  });
});
afterAll(async () => {
  upstream.release();
  await interpreter.close();
  await database.close();
  await documents.close();
  await upstream.close();
  noHttp.close();
  await deleteTopics(kafka, [physicalTopic]);
  await trial.end();
});

const THREE_ATTEMPTS: RetryPolicy = { maxAttempts: 3, initialInterval: 'PT0.01S', backoffCoefficient: 1 };
const task = (taskType: string, input: JsonObject, over: Partial<RetryPolicy> = {}): FlowNode => ({
  id: 'n',
  type: 'task',
  taskType,
  input,
  retryPolicy: { ...THREE_ATTEMPTS, ...over },
});
const query = (input: JsonObject): FlowNode => task('db.query', { engine: 'postgres', tableName: 'orders', ...input });
const notes = (input: JsonObject): FlowNode => task('db.query', { engine: 'mongo', collectionName: 'notes', ...input });
const http = (url: string, more: JsonObject = {}, over?: Partial<RetryPolicy>): FlowNode =>
  task('http.request', { url, ...more }, over);

async function attemptsOf(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory();
  const started = (events ?? []).flatMap((event) => event.activityTaskStartedEventAttributes ?? []);
  return started.at(-1)?.attempt ?? 0;
}

type Case = readonly [code: string, what: string, node: () => FlowNode];
const FINAL: readonly Case[] = [
  ['PAYLOAD_TOO_LARGE', 'input', () => http(upstream.url('/ok'), { filler: 'x'.repeat(2_100_000) })],
  ['PAYLOAD_TOO_LARGE', 'output', () => query({ operation: 'list', tableName: 'large' })],
  ['UNKNOWN_TASK_TYPE', 'no.such.type', () => task('no.such.type', {})],
  ['VALIDATION_ERROR', 'http.request', () => http(upstream.url('/ok'), { method: 'TRACE' })],
  ['VALIDATION_ERROR', 'db.query', () => query({ operation: 'delete' })],
  ['VALIDATION_ERROR', 'events.publish', () => task('events.publish', { topic: '.x', messages: [{ value: 1 }] })],
  ['FORBIDDEN', 'another workspace', () => http(upstream.url('/ok'), { workspaceId: 'w2' })],
  ['FORBIDDEN', 'a row of another', () => query({ operation: 'insert', values: { tenant_id: 't2', id: 9 } })],
  ['FORBIDDEN', 'a document of another', () => notes({ operation: 'insert', values: { tenantId: 't2' } })],
  ['FORBIDDEN', 'a bucket of another', () => task('storage.get', { bucketId: 't2/w1/b', objectKey: 'k' })],
  ['CAPABILITY_UNAVAILABLE', 'email.send', () => task('email.send', { to: ['a@example.test'], subject: 's' })],
  ['LLM_PROVIDER_MISSING', 'llm.complete', () => task('llm.complete', { model: 'm', prompt: 'p' })],
  ['SCHEMA_ERROR', 'db.query', () => query({ operation: 'list', tableName: 'no_such' })],
  ['SCHEMA_ERROR', 'a collection', () => notes({ operation: 'list', collectionName: 'no_such' })],
  ['VALIDATION_ERROR', 'storage.put', () => task('storage.put', { bucketId: 'b', objectKey: '../k', body: '' })],
  ['CONNECTION_NOT_FOUND', 'db.query', () => notes({ operation: 'list', connection: 'none' })],
  [
    'CONNECTION_NOT_FOUND',
    'storage.get',
    () => task('storage.get', { bucketId: 'b', objectKey: 'k', connection: 'none' }),
  ],
  ['CONFLICT', 'db.query', () => query({ operation: 'insert', values: { id: 1 } })],
  ['EMPTY_PUBLISH', 'events.publish', () => task('events.publish', { topic, messages: [] })],
  ['SSRF_BLOCKED', 'http.request', () => http('http://169.254.169.254/')],
  ['CLIENT_ERROR', 'http.request', () => http(upstream.url('/status-404'), { failOn: ['4xx'] })],
  ['RESPONSE_INVALID', 'http.request', () => http(upstream.url('/bytes/5'), { json: true })],
  ['CONNECTION_NOT_FOUND', 'http.request', () => http(upstream.url('/ok'), { connection: 'none' })],
  ['FUNCTION_NOT_FOUND', 'functions.invoke', () => task('functions.invoke', { actionId: 'status-404' })],
  ['FUNCTION_ERROR', 'functions.invoke', () => task('functions.invoke', { actionId: 'status-500' })],
  ['RESPONSE_TOO_LARGE', 'http.request', () => http(upstream.url('/ok'), { maxResponseBytes: 1 })],
  ['UPSTREAM_ERROR', 'http.request', () => http(`http://127.0.0.1:${portOf(noHttp)}/`)],
];
const RETRYABLE: readonly Case[] = [
  ['UPSTREAM_UNAVAILABLE', 'refused', () => http(`http://127.0.0.1:${CLOSED_PORT}/`)],
  ['UPSTREAM_UNAVAILABLE', 'storage.put', () => task('storage.put', { bucketId: 'b', objectKey: 'k', body: '' })],
  ['UPSTREAM_UNAVAILABLE', 'storage.get', () => task('storage.get', { bucketId: 'b', objectKey: 'k' })],
  ['UPSTREAM_UNAVAILABLE', 'broken', () => http(upstream.url('/breaks/99/always'))],
  ['UPSTREAM_UNAVAILABLE', 'failOn', () => http(upstream.url('/status-503'), { failOn: ['5xx'] })],
  ['UPSTREAM_UNAVAILABLE', 'functions.invoke', () => task('functions.invoke', { actionId: 'status-429' })],
  ['FUNCTION_TIMEOUT', 'functions.invoke', () => task('functions.invoke', { actionId: 'status-504' })],
  ['REQUEST_TIMEOUT', 'http.request', () => http(upstream.url('/hold/1'), { timeoutMs: 50 })],
  ['TIMEOUT', 'startToClose', () => http(upstream.url('/hold/2'), {}, { timeouts: { startToClose: 'PT0.2S' } })],
  [
    'BROKER_UNAVAILABLE',
    'events.publish',
    () => task('events.publish', { topic: `${topic}-x`, messages: [{ value: 1 }] }),
  ],
];

describe('attempts', () => {
  it.each(FINAL)('%s is attempted once: %s', async (code, _what, node) => {
    const handle = await interpreter.start([node()]);
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'n', code });
    expect(await attemptsOf(handle)).toBe(1);
  });

  it.each(RETRYABLE)('%s is attempted again: %s', async (code, _what, node) => {
    const handle = await interpreter.start([node()]);
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'n', code });
    expect(await attemptsOf(handle)).toBe(3);
  });

  it('a server that says when to come again is asked again then, and not when the policy says', async () => {
    const node = http(upstream.url('/busy/1/x'), { failOn: [503] }, { initialInterval: 'PT1H' });
    const { state } = await interpreter.result(await interpreter.start([node]));
    expect(state['n']).toMatchObject({ httpStatus: 200 });
    expect(upstream.count('/busy/1/x')).toBe(2);
  });

  it('a retryable code that the policy names is attempted once', async () => {
    const node = http(`http://127.0.0.1:${CLOSED_PORT}/`, {}, { nonRetryableErrors: ['UPSTREAM_UNAVAILABLE'] });
    const handle = await interpreter.start([node]);
    expect(await interpreter.failure(handle)).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(await attemptsOf(handle)).toBe(1);
  });

  it('a tampered envelope fails at its first task, and nobody is called', async () => {
    const honest = await interpreter.start([http(upstream.url('/ok/honest'))]);
    await interpreter.result(honest);
    const [{ envelope }] = await startArguments(honest);
    const handle = await interpreter.start(
      [http(upstream.url('/ok/tampered'))],
      {},
      {
        envelope: { ...envelope, workspaceId: 'w2' },
      },
    );
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'n', code: 'EXECUTION_TOKEN_INVALID' });
    expect(await attemptsOf(handle)).toBe(1);
    expect([upstream.count('/ok/honest'), upstream.count('/ok/tampered')]).toEqual([1, 0]);
  });
});

async function startArguments(handle: WorkflowHandle): Promise<readonly [RunInput]> {
  const { events } = await handle.fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return [JSON.parse(Buffer.from(payload?.data ?? []).toString('utf8')) as RunInput];
}

it('a run writes a document, changes it and reads it', async () => {
  const mongo = { engine: 'mongo', collectionName: 'notes' };
  const nodes: FlowNode[] = [
    {
      ...{ id: 'write', type: 'task', taskType: 'db.query', next: 'change' },
      input: { ...mongo, operation: 'insert', documentId: '${{ id }}', values: { text: 'first', tags: ['${{ id }}'] } },
    },
    {
      ...{ id: 'change', type: 'task', taskType: 'db.query', next: 'read' },
      input: { ...mongo, operation: 'update', documentId: '${{ write.result.item._id }}', values: { text: 'second' } },
    },
    {
      ...{ id: 'read', type: 'task', taskType: 'db.query' },
      input: { ...mongo, operation: 'list', filter: { text: { like: 'sec%' } } },
    },
  ];
  const { state } = await interpreter.result(await interpreter.start(nodes, { id: 'n-1' }));
  const item = { _id: 'n-1', tenantId: 't1', workspaceId: 'w1', text: 'second', tags: ['n-1'] };
  expect(state['change']).toEqual({ status: 'success', result: { count: 1 } });
  expect(state['read']).toEqual({ status: 'success', result: { items: [item], page: { size: 100, next: null } } });
});

it('a run writes a row, reads it and publishes it; no token shows anywhere', async () => {
  const insert = {
    engine: 'postgres',
    operation: 'insert',
    tableName: 'orders',
    values: { id: '${{ id }}', total: 12.5 },
  };
  const list = {
    engine: 'postgres',
    operation: 'list',
    tableName: 'orders',
    sort: [{ field: 'id', direction: 'desc' }],
  };
  const messages = [{ key: '${{ id }}', value: '${{ read.result.items[0] }}' }, { value: 'order ${{ id }}' }];
  const nodes: FlowNode[] = [
    { id: 'write', type: 'task', taskType: 'db.query', input: insert, next: 'read' },
    { id: 'read', type: 'task', taskType: 'db.query', input: list, next: 'tell' },
    { id: 'tell', type: 'task', taskType: 'events.publish', input: { topic, messages } },
  ];
  const origin = { correlationId: 'correlation-77', eventDepth: 2 };
  const handle = await interpreter.start(nodes, { id: 5 }, { origin });
  const { state } = await interpreter.result(handle);
  const row = { tenant_id: 't1', workspace_id: 'w1', id: 5, total: 12.5 };
  expect(state['write']).toEqual({ status: 'success', result: { item: row } });
  expect(state['read']).toMatchObject({ result: { items: [row, { id: 1 }], page: { size: 100, next: null } } });
  expect(state['tell']).toEqual({ status: 'success', topic, published: 2 });

  const reader = makeDirectReader(kafka, { topic: physicalTopic });
  reader.assign(new Map([[0, 0]]));
  const records = await reader.poll(5000);
  await reader.close();
  expect(records.map(({ key, value }) => [key?.toString() ?? null, value?.toString()])).toEqual([
    ['5', JSON.stringify(row)],
    [null, 'order 5'],
  ]);
  expect(records[0]?.headers).toMatchObject({
    ce_type: topic,
    ce_tenantid: 't1',
    ce_workspaceid: 'w1',
    ce_flowsdepth: '2',
    'x-correlation-id': 'correlation-77',
  });

  // The history's payloads are base64 where it is shown as JSON.
  const readable = (key: string, value: unknown): unknown =>
    key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : value;
  const published = records.map(({ value, headers }) => [value?.toString('utf8'), headers]);
  const shown = JSON.stringify([await handle.fetchHistory(), await interpreter.frames(handle), published], readable);
  for (const text of ['order 5', 'dispatchTask', 'correlation-77', 'signature']) expect(shown).toContain(text);
  // What every token begins with: {"tenantId" in base64url.
  expect(shown).not.toContain(Buffer.from('{"tenantId":').toString('base64url').slice(0, 14));
});
