import { expect, test } from 'vitest';
import { servicesOf } from './services.js';

const ENV = {
  KAFKA_BROKERS: '127.0.0.1:9092',
  FLOWS_DB_URL: 'postgres://postgres@127.0.0.1:5432/flowplane',
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  FLOW_EXECUTION_TOKEN_SECRET: 'x'.repeat(32),
};

test('every service has a port for itself, in the order in which they are closed', () => {
  const services = servicesOf({ ...ENV, FLOWS_COMPACT_EXECUTOR_PORT: '7001', PORT: '9', WORKER_HEALTH_PORT: '9' });
  expect(services.map(({ name, port }) => [name, port])).toEqual([
    ['command-service', 8081],
    ['trigger-service', 8083],
    ['monitor-service', 8084],
    ['projection-service', 8082],
    ['worker', 9465],
    ['executor', 7001],
  ]);
  expect(services.map(({ closeDeadlineMs }) => closeDeadlineMs)).toEqual([
    10_000, 10_000, 10_000, 10_000, 20_000, 10_000,
  ]);
});

test('an environment that one of them cannot use is refused before anything is opened', () => {
  expect(() => servicesOf({ ...ENV, FLOWS_COMPACT_WORKER_PORT: 'none' })).toThrow('FLOWS_COMPACT_WORKER_PORT');
  expect(() => servicesOf({ ...ENV, FLOW_EXECUTION_TOKEN_SECRET: 'short' })).toThrow('FLOW_EXECUTION_TOKEN_SECRET');
});
