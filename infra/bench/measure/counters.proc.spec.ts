import { connectKafka, endOffsets, ensureTopics } from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { makePool } from '@flowplane/plumbing/postgres';
import { startStack, type IsolatedStack } from '@flowplane/stack';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countedBetween, readCounters, totalOf, type CounterSources } from './counters.js';

const REQUESTS = 50;
const TOPIC = 'counted';
let stack: IsolatedStack;
beforeAll(async () => {
  stack = await startStack({ hasTemporalMetrics: true });
});
afterAll(() => stack.close());

const sources = (): CounterSources => ({
  dbUrl: stack.endpoints.dbUrl,
  kafkaPid: stack.pid('kafka'),
  engineMetricsUrl: stack.temporalMetricsUrl,
  groups: { kafka: { pid: stack.pid('kafka') }, self: { pid: process.pid, isAlone: true } },
});

it('counts what the servers and processes were asked for', async () => {
  const before = await readCounters(sources(), 'before');
  await askKafka();
  await writeToPostgres();
  const connection = await Connection.connect({ address: stack.endpoints.temporalAddress });
  for (let index = 0; index < REQUESTS; index++) await connection.workflowService.listNamespaces({});
  await connection.close();
  const counted = countedBetween(before, await readCounters(sources(), 'after'), 1);

  expect(counted.kafkaRequests?.['ListOffsets']).toBeGreaterThanOrEqual(REQUESTS);
  expect(counted.engineRequests?.['ListNamespaces']).toBe(REQUESTS);
  expect(counted.transactions?.['others']).toBeGreaterThanOrEqual(REQUESTS);
  expect(counted.transactions).toHaveProperty('temporal');
  expect(counted.wal?.['bytes']).toBeGreaterThan(REQUESTS * 1000);
  expect(counted.contextSwitches?.['kafka']).toBeGreaterThan(0);
  expect(counted.contextSwitches?.['self']).toBeGreaterThan(0);
});

it('knows nothing of servers that only the environment names', async () => {
  const reading = await readCounters({ ...sources(), kafkaPid: null }, 'before');
  expect(totalOf(countedBetween(reading, reading, 1).transactions)).toBeNull();
});

async function askKafka(): Promise<void> {
  const logger = makeLogger({ service: 'test', level: 'error' });
  const client = await connectKafka({ brokers: [stack.endpoints.kafkaBrokers], clientId: 'test' }, logger);
  await ensureTopics(client, [{ name: TOPIC, partitions: 1, config: {} }], { partitions: 1, replicationFactor: 1 });
  for (let index = 0; index < REQUESTS; index++) await endOffsets(client, TOPIC, [0]);
  await client.close();
}

async function writeToPostgres(): Promise<void> {
  const pool = makePool(stack.endpoints.dbUrl, { max: 1, applicationName: 'test' });
  await pool.query('CREATE TABLE counted (text text)');
  for (let index = 0; index < REQUESTS; index++) await pool.query(`INSERT INTO counted VALUES (repeat('x', 1000))`);
  // What a connection has counted is seen by others when it ends.
  await pool.end();
}
