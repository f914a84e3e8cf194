import { makeDirectReader } from '@flowplane/plumbing/kafka';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { startKafkaTrial, until } from '@flowplane/plumbing/test/kafka';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDeadLetters, type DeadLetter } from './index.js';

let trial: Awaited<ReturnType<typeof startKafkaTrial>>;
beforeAll(async () => {
  trial = await startKafkaTrial('int-dead-letters');
});
afterAll(() => trial.end());

const RECORD = { key: Buffer.from('k'), value: Buffer.from('junk'), headers: { hello: 'there' } };
const LETTERS: readonly DeadLetter[] = [
  {
    consumer: 'decider',
    reason: new Error('no command', { cause: new Error('C3 01 is missing') }),
    record: RECORD,
    origin: { topic: 'commands', partition: 3, offset: 7 },
  },
  {
    consumer: 'webhooks',
    reason: 'INVALID_EXPRESSION: filter',
    record: { key: null, value: Buffer.alloc(16 * 1024 * 1024), headers: {} },
    origin: { delivery: 'd1' },
    trigger: { tenantId: 'T', workspaceId: 'W', triggerId: 'F:webhook:w' },
  },
];

test('a letter has its record, its reason and its origin, and raises one alert', async () => {
  const topic = await trial.topic('dlq');
  const metrics = makeMetrics();
  const alerts: unknown[] = [];
  const logger = { error: (line: unknown) => void alerts.push(line) };
  const letters = openDeadLetters({ kafka: trial.client, topic, logger, metrics });
  await letters.send(LETTERS);
  await letters.close();
  const reader = makeDirectReader(trial.client, { topic });
  reader.assign(new Map([[0, 0]]));
  const found = await until('both letters', async () => {
    const records = await reader.poll(500);
    return records.length === LETTERS.length && records;
  });
  await reader.close();
  expect(found.map(({ key, value, headers }) => [key?.toString(), value?.toString(), headers])).toEqual([
    [
      'k',
      'junk',
      {
        hello: 'there',
        'x-dlq-reason': 'no command: C3 01 is missing',
        'x-dlq-consumer': 'decider',
        'x-dlq-origin-topic': 'commands',
        'x-dlq-origin-partition': '3',
        'x-dlq-origin-offset': '7',
      },
    ],
    [
      undefined,
      '',
      {
        'x-dlq-reason': 'INVALID_EXPRESSION: filter',
        'x-dlq-consumer': 'webhooks',
        'x-dlq-trigger': 'F:webhook:w',
        'x-dlq-tenant': 'T',
        'x-dlq-workspace': 'W',
        'x-dlq-delivery': 'd1',
      },
    ],
  ]);
  expect(alerts).toMatchObject([
    { alert: 'dead-letter', consumer: 'decider', topic: 'commands', offset: 7 },
    { alert: 'dead-letter', consumer: 'webhooks', delivery: 'd1', triggerId: 'F:webhook:w' },
  ]);
  expect(await metrics.registry.metrics()).toContain('flows_dead_letters_total{consumer="decider"} 1');
});
