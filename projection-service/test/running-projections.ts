import { endOffsets, makeDirectReader, type LogRecord } from '@flowplane/plumbing/kafka';
import { makeLogger } from '@flowplane/plumbing/logging';
import { makeMetrics, type Metrics } from '@flowplane/plumbing/telemetry';
import type { Progress } from '@flowplane/runtime/read-model';
import { openProjections, type Projections } from '../src/open-projections.js';
import type { TestLog } from './test-log.js';
import type { TestStore } from './test-store.js';

const logger = makeLogger({ service: 'spec', level: process.env['SPEC_LOG_LEVEL'] ?? 'silent' });
const WAIT_MS = 30_000;

/** Starts every projection over a test's log and store. */
export function startProjections(
  log: TestLog,
  store: TestStore,
  options: {
    readonly groupPrefix?: string;
    readonly onFatal?: (cause: unknown) => void;
    readonly metrics?: Metrics;
    readonly onProgress?: (progress: Progress) => void;
  } = {},
): Projections {
  return openProjections({
    kafka: log.kafka,
    topics: log.topics,
    topicPrefix: options.groupPrefix ?? log.prefix,
    partitions: log.partitions,
    sessionTimeoutMs: 3000,
    writePool: store.writePool,
    publisherPool: store.publisherPool,
    metrics: options.metrics ?? makeMetrics(),
    logger,
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    onFatal:
      options.onFatal ??
      ((cause) => {
        throw cause;
      }),
  });
}

const all = (log: TestLog): readonly number[] => Array.from({ length: log.partitions }, (_, partition) => partition);

/** Waits until a projection has everything that is in its topic now. @throws when it takes too long */
export async function caughtUp(log: TestLog, store: TestStore, projection: 'control' | 'runs'): Promise<void> {
  const topic = projection === 'control' ? log.topics.events : log.topics.runs;
  const ends = await endOffsets(log.kafka, topic, all(log));
  for (const [partition, end] of ends) {
    if (end === 0) continue;
    const reached = await store.progress.waitFor([projection], partition, end, Date.now() + WAIT_MS);
    if (!reached) throw new Error(`${projection}[${partition}] did not reach ${end}`);
  }
}

/** Everything in a topic once it holds at least `count` records. @throws when it takes too long */
export async function recordsOf(
  log: TestLog,
  topic: string,
  partitions: number,
  count: number,
): Promise<readonly LogRecord[]> {
  const reader = makeDirectReader(log.kafka, { topic });
  const deadline = Date.now() + WAIT_MS;
  const records: LogRecord[] = [];
  try {
    reader.assign(new Map(Array.from({ length: partitions }, (_, partition) => [partition, 0])));
    while (records.length < count) {
      records.push(...(await reader.poll(200)));
      if (Date.now() > deadline) throw new Error(`${topic} has ${records.length} records, not ${count}`);
    }
    return records;
  } finally {
    await reader.close();
  }
}
