import { encodeEvent } from '@flowplane/contracts';
import { endOffsets, type BatchProducer, type LogRecord } from '@flowplane/plumbing/kafka';
import {
  haltedGauge,
  makeEventReader,
  makeHaltedPartitions,
  type EventReader,
  type EventRecord,
} from '@flowplane/runtime/consume';
import { makeLimiter } from '@flowplane/plumbing/limiter';
import type { ContentStore } from '@flowplane/runtime/content-store';
import type { DeadLetters } from '@flowplane/runtime/dead-letters';
import { makeTemplateReports } from '../provisioning/activities/template-reports.js';
import { retryWhileUnavailable } from '../shared/retry-while-unavailable.js';
import { makeCloseAudit } from './closing/close-audit.js';
import type { CloseRunPorts } from './closing/close-ports.js';
import type { LostRunPorts } from './closing/lost-runs.js';
import { makeSeenFrames, type SeenFrames } from './closing/seen-frames.js';
import type { ExecutorOptions } from './executor-options.js';
import { readDone, TELLS_NOTHING } from './intake/done-in-log.js';
import type { TemplateRunsOptions } from './intake/template-runs.js';
import { countCloses } from './observe.js';
import { SOURCE } from './report/records.js';
import { makeOpenRuns, makeOpenTemplateRuns } from './read-model/open-runs.js';
import { makeDrains } from './state/drains.js';
import type { DrainPorts } from './teardown/drain-tenant.js';
import { makeEndRun, type EndRunPorts } from './teardown/end-run.js';
import { makeEndTemplateRun, type EndTemplateRunPorts } from './teardown/end-template-run.js';
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
  return makeEventReader(kafka, { topic: topics.events, onNewer, staysAtEnd: true });
}

/** The frames of open runs, with what closing needs of their values. */
export const seenFramesOf = ({ closeFrom }: Pick<ExecutorOptions, 'closeFrom'>): SeenFrames =>
  makeSeenFrames({ values: VALUES_KEPT[closeFrom] });
const VALUES_KEPT = { history: 'none', audit: 'digests', journal: 'whole' } as const;

/** What runs are closed from (FLOWS_CLOSE_FROM). */
export function closedBy(
  { closeFrom, store, metrics, logger }: Pick<ExecutorOptions, 'closeFrom' | 'store' | 'metrics' | 'logger'>,
  frames: SeenFrames,
): Pick<CloseRunPorts, 'audit' | 'fromJournal' | 'counters'> {
  const counters = countCloses(metrics);
  const audit = closeFrom === 'audit' ? makeCloseAudit({ frames, store, counters, logger }) : undefined;
  return { audit, fromJournal: closeFrom === 'journal', counters };
}

/** What a teardown ends runs with. */
export const drainPortsOf = (
  { readPool, progress, statePool, closeConcurrency, logger }: ExecutorOptions,
  closing: Omit<EndRunPorts, 'limiter'>,
  templates: Omit<EndTemplateRunPorts, 'queue'>,
): DrainPorts => ({
  ...{ engine: closing.engine, reports: closing.reports, atFaultPoint: closing.atFaultPoint, logger },
  openRuns: makeOpenRuns(readPool, progress),
  openTemplateRuns: makeOpenTemplateRuns(readPool, progress),
  drains: makeDrains(statePool),
  endRun: makeEndRun({ ...closing, limiter: makeLimiter(closeConcurrency) }),
  endTemplateRun: makeEndTemplateRun({ ...templates, queue: closing.queue }),
});

/** @param producer of the commands topic */
export const templatePortsOf = (
  { engine, partitions, tokenSecret, logger }: ExecutorOptions,
  producer: BatchProducer,
): TemplateRunsOptions & Pick<ExecutorOptions, 'engine'> => ({
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
