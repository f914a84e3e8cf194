import { encodeEvent } from '@flowplane/contracts';
import { endOffsets, type BatchProducer, type LogRecord } from '@flowplane/plumbing/kafka';
import {
  haltedGauge,
  makeEventReader,
  makeHaltedPartitions,
  type EventReader,
  type EventRecord,
} from '@flowplane/runtime/consume';
import type { ContentStore } from '@flowplane/runtime/content-store';
import type { DeadLetters } from '@flowplane/runtime/dead-letters';
import { makeTemplateReports } from '../provisioning/activities/template-reports.js';
import { retryWhileUnavailable } from '../shared/retry-while-unavailable.js';
import type { LostRunPorts } from './closing/lost-runs.js';
import type { ExecutorOptions } from './executor-options.js';
import { readDone, TELLS_NOTHING } from './intake/done-in-log.js';
import { makeTemplateRuns } from './intake/template-runs.js';
import { SOURCE } from './report/records.js';
import type { EventsIntakeOptions } from './intake/events-intake.js';

type LogOptions = Pick<ExecutorOptions, 'kafka' | 'topics'>;

export function readerOfEvents({
  kafka,
  topics,
  logger,
  metrics,
}: LogOptions & Pick<ExecutorOptions, 'logger' | 'metrics'>): EventReader {
  const gauge = haltedGauge(metrics);
  const onNewer = makeHaltedPartitions({ consumer: 'executor', topic: topics.events, logger, gauge });
  return makeEventReader(kafka, { topic: topics.events, onNewer });
}

/** @param producer of the commands topic */
export const templateRunsOf = (
  { engine, partitions, tokenSecret, logger }: ExecutorOptions,
  producer: BatchProducer,
): ReturnType<typeof makeTemplateRuns> =>
  makeTemplateRuns({
    ...{ engine, tokenSecret, logger },
    reports: makeTemplateReports({ ...{ producer, partitions, logger }, source: SOURCE, now: Date.now }),
  });

export const missingOf =
  (store: ContentStore): LostRunPorts['missing'] =>
  async (hashes, signal) => {
    const kept = await retryWhileUnavailable(() => store.sizes(hashes), signal);
    return hashes.filter((hash) => !kept.has(hash));
  };

/** With a separate reader, to the end as of now. */
export const doneSince =
  ({ kafka, topics: { events: topic } }: LogOptions): EventsIntakeOptions['doneSince'] =>
  async (partition, from) => {
    const end = (await endOffsets(kafka, topic, [partition])).get(partition) ?? 0;
    return readDone(makeEventReader(kafka, { topic, without: TELLS_NOTHING, onNewer: 'pass' }), partition, from, end);
  };

export const asDeadLetter =
  (deadLetters: DeadLetters, topic: string): EventsIntakeOptions['setAside'] =>
  (record, partition, reason) =>
    deadLetters.send([
      { consumer: 'executor', reason, record: rawRecord(record), origin: { topic, partition, offset: record.offset } },
    ]);

/** A record as it is in the log; an event that was read is encoded again. */
const rawRecord = (record: EventRecord): Pick<LogRecord, 'key' | 'value' | 'headers'> =>
  record.kind === 'poison'
    ? record.record
    : { key: Buffer.from(record.event.meta.tenantId), value: encodeEvent(record.event), headers: {} };
