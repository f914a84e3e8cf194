import { expect, it } from 'vitest';
import { makeBatchProducer } from './batch-producer.js';
import type { KafkaClient } from './client.js';

/** Brokers that are never reached. */
const nowhere = {
  logger: { warn: () => undefined },
  track: () => undefined,
  untrack: () => undefined,
} as unknown as KafkaClient;
const record = (bytes: number) => ({ partition: 0, key: 'T', value: Buffer.alloc(bytes), headers: {} });

it('what waits is bounded in bytes as well: more is refused at once, and one large record alone is not', async () => {
  const producer = makeBatchProducer(nowhere, { topic: 't', maxPendingBytes: 10_000 });
  const waiting = [producer.append(record(6000))];
  await expect(producer.append(record(6000))).rejects.toMatchObject({
    message: 'more than 10000 bytes wait for t',
    details: { appended: 'no', retryable: true },
  });
  waiting.push(producer.append(record(100)));
  await Promise.allSettled(waiting);
  const large = await Promise.allSettled([producer.append(record(50_000))]);
  expect(String((large[0] as PromiseRejectedResult).reason)).not.toContain('bytes wait');
  await producer.close();
});
