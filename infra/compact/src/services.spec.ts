import { expect, test } from 'vitest';
import { openCompact } from './open-compact.js';
import { makeLogger } from '@flowplane/plumbing/logging';
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
});

test('an environment that one of them cannot use is refused before anything is opened', () => {
  expect(() => servicesOf({ ...ENV, FLOWS_COMPACT_WORKER_PORT: 'none' })).toThrow('FLOWS_COMPACT_WORKER_PORT');
  expect(() => servicesOf({ ...ENV, FLOW_EXECUTION_TOKEN_SECRET: 'short' })).toThrow('FLOW_EXECUTION_TOKEN_SECRET');
});

test('they are opened at the same time and closed one after the other', async () => {
  const steps: string[] = [];
  let open = (): void => undefined;
  const secondIsOpen = new Promise<void>((resolve) => (open = resolve));
  const running = (name: string) => ({
    close: async () => {
      steps.push(`${name} closes`);
      await new Promise((resolve) => setImmediate(resolve));
      steps.push(`${name} is closed`);
    },
  });
  const services = [
    // Waits for the other, as the readers of a store wait for the service that makes it.
    { name: 'one', port: 0, open: () => secondIsOpen.then(() => running('one')) },
    {
      name: 'two',
      port: 0,
      open: () => {
        open();
        return Promise.resolve(running('two'));
      },
    },
  ];
  const fatal = (cause: unknown): void => {
    throw cause;
  };
  const compact = await openCompact(services, { env: {}, logger: makeLogger({ service: 'test' }), fatal });
  await compact.close();
  expect(steps).toEqual(['one closes', 'one is closed', 'two closes', 'two is closed']);
});
