import { afterAll, beforeAll, expect, test } from 'vitest';
import { startKafkaTrial, type KafkaTrial } from '../../test/kafka.js';
import { endOffsets, ensureTopics, makeBatchProducer, makeDirectReader } from './index.js';

let trial: KafkaTrial;
beforeAll(async () => {
  trial = await startKafkaTrial('int-topics');
});
afterAll(() => trial.end());

const PARTITIONS = 12;
const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);

/** A broker that has just been named leader may not know it yet; what makes topics must not pass that on. */
test.each([1, 2, 3, 4, 5, 6, 7, 8])('a topic can be asked, read and written the moment it is there (%i)', async (n) => {
  const topic = await trial.topic(`fresh-${n}`, PARTITIONS);
  const reader = makeDirectReader(trial.client, { topic });
  reader.assign(new Map(partitions.map((partition) => [partition, 0])));
  const producer = makeBatchProducer(trial.client, { topic });
  const record = { partition: n, key: 'k', value: Buffer.from('first'), headers: {} };
  const [ends, , ack] = await Promise.all([
    endOffsets(trial.client, topic, partitions),
    reader.poll(1),
    producer.append(record),
  ]);
  expect(ends.size).toBe(PARTITIONS);
  expect(ack.offset).toBe(0);
  await Promise.all([reader.close(), producer.close()]);
});

test('a topic that is the truth is refused when its settings lose records, another one is warned about', async () => {
  const topic = await trial.topic('short-lived', 1, { 'retention.ms': '604800000' });
  const spec = { name: topic, partitions: 1, config: { 'retention.ms': '-1' } };
  const settings = { partitions: 1, replicationFactor: 1 };
  await expect(ensureTopics(trial.client, [{ ...spec, otherwise: 'refuse' }], settings)).rejects.toThrow(
    `topic ${topic} would lose records: retention.ms is 604800000, and must be at least -1`,
  );
  await ensureTopics(trial.client, [{ ...spec, otherwise: 'warn' }], settings);
  await ensureTopics(trial.client, [spec], settings);
  const enough = {
    ...spec,
    config: { 'retention.ms': '1000', 'cleanup.policy': 'delete' },
    otherwise: 'refuse',
  } as const;
  await ensureTopics(trial.client, [enough], settings);
});
