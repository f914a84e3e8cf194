import {
  decodeMessage,
  decodeMessageLazily,
  HEADER,
  judgeRecord,
  UnknownSchema,
  unpackLogHeader,
  type EpochStarted,
  type Event,
  type LogHeader,
  type LogMessage,
  type ReadPosition,
} from '@flowplane/contracts';
import {
  makePartitionFetcher,
  makeSharedFetcher,
  type FetcherOptions,
  type KafkaClient,
  type LogRecord,
  type PartitionFetch,
  type ScannedRecord,
} from '@flowplane/plumbing/kafka';
import { pause } from '@flowplane/plumbing/periodic';
import type { OnNewer } from './halted-partitions.js';

/** What the shared event reader makes of one record. */
export type EventRecord =
  | { readonly kind: 'event'; readonly offset: number; readonly timestamp: number; readonly event: Event }
  /** Accepted by the reader rule, but not decodable: for the dead letters, with an alert; never skipped silently. */
  | {
      readonly kind: 'poison';
      readonly offset: number;
      readonly timestamp: number;
      readonly record: LogRecord;
      readonly cause: Error;
    };

/** What one poll brought for one partition: accepted events only, and the position after all that was read. */
export type EventBatch = {
  readonly partition: number;
  readonly records: readonly EventRecord[];
  readonly position: ReadPosition;
  /** Exclusive end of the partition as the broker said at this fetch, for lag. */
  readonly endOffset: number;
  /** A newer release wrote the record at `position`: nothing more comes of this partition until the next `assign`. */
  readonly halted?: UnknownSchema;
};

/** The one reader of `flows.events.v1`: direct fetch plus the reader rule plus decoding. */
export type EventReader = {
  readonly assign: (positions: ReadonlyMap<number, ReadPosition>) => void;
  /** Empty after `maxWaitMs` without anything, or as soon as `signal` aborts. */
  readonly poll: (maxWaitMs: number, signal?: AbortSignal) => Promise<readonly EventBatch[]>;
  readonly close: () => Promise<void>;
};

export type EventReaderOptions = FetcherOptions & {
  /** An accepted marker: from here on its owner's events count. Called in log order with the events of a poll. */
  readonly onMarker?: (marker: AcceptedMarker) => void;
  /** Types of events that are passed over: judged like all, but neither decoded nor handed out. */
  readonly without?: ReadonlySet<Event['type']>;
  /**
   * Decodes `data` of an event when it is first asked for, which throws `UndecodableValue` where it is none. For readers
   * that look at few.
   */
  readonly lazily?: boolean;
  /** For a reader that goes on at the end of the log: it may fetch together with others of its process. */
  readonly staysAtEnd?: boolean;
  /** What to do at a record of a newer release. */
  readonly onNewer: OnNewer;
};
export type AcceptedMarker = { readonly partition: number; readonly offset: number; readonly marker: EpochStarted };

/**
 * The one reader of the events topic: every record is judged by the reader rule of the log (event-log 1), only
 * accepted events come out. A position given to `assign` must be one that this reader (or a fold over it) returned, or
 * the start of the log: without epoch and owner, readers that start in the middle disagree about the truth.
 */
export function makeEventReader(client: KafkaClient, options: EventReaderOptions): EventReader {
  const fetcher = (options.staysAtEnd === true ? makeSharedFetcher : makePartitionFetcher)(client, options);
  const { onNewer, onMarker } = options;
  const ports: JudgePorts = {
    isUnwanted: typeFilter(options.without),
    decodeValue: options.lazily === true ? decodeMessageLazily : decodeMessage,
    onMarker,
    passesNewer: onNewer === 'pass',
  };
  let positions = new Map<number, ReadPosition>();
  const fetchFrom = (from: ReadonlyMap<number, ReadPosition>): void =>
    fetcher.assign(new Map([...from].map(([partition, { offset }]) => [partition, offset])));
  const halt = ({ partition, position, halted }: EventBatch): void => {
    if (halted === undefined || onNewer === 'pass') return;
    if (onNewer === 'throw') throw halted;
    onNewer.halt(partition, position.offset, halted);
    positions.delete(partition);
    fetchFrom(positions);
  };
  return {
    assign: (next) => {
      if (typeof onNewer === 'object') onNewer.clear();
      positions = new Map(next);
      fetchFrom(positions);
    },
    poll: async (maxWaitMs, signal) => {
      if (positions.size === 0 && typeof onNewer === 'object' && onNewer.count() > 0) await pause(maxWaitMs, signal);
      const batches: EventBatch[] = [];
      for (const share of await fetcher.poll(maxWaitMs, signal)) {
        const position = positions.get(share.partition);
        if (position === undefined) continue;
        const batch = judgeShare(share, position, ports);
        positions.set(share.partition, batch.position);
        batches.push(batch);
      }
      for (const batch of batches) halt(batch);
      return batches;
    },
    close: () => {
      fetcher.close();
      return Promise.resolve();
    },
  };
}

type JudgePorts = {
  readonly onMarker: EventReaderOptions['onMarker'] | undefined;
  readonly isUnwanted: (record: ScannedRecord) => boolean;
  readonly decodeValue: (value: Buffer) => LogMessage;
  readonly passesNewer: boolean;
};

function judgeShare(share: PartitionFetch, from: ReadPosition, ports: JudgePorts): EventBatch {
  const { partition, endOffset } = share;
  let position = from;
  const records: EventRecord[] = [];
  for (const record of share.records) {
    const header = logHeaderOf(record);
    const isMarker = header !== undefined && header.commandOffset === MARKER_OFFSET;
    const judgement = judgeRecord(position, record.offset, isMarker, header);
    const decoded = judgement.accepted && !ports.isUnwanted(record) ? decode(record, ports.decodeValue) : undefined;
    if (decoded instanceof UnknownSchema && !ports.passesNewer) {
      return { partition, records, position: { ...position, offset: record.offset }, endOffset, halted: decoded };
    }
    position = judgement.position;
    if (decoded === undefined || decoded instanceof UnknownSchema) continue;
    if (decoded instanceof Error) records.push(poison(record, decoded));
    else if (decoded.kind === 'event') records.push(eventRecord(record, decoded.event));
    else if (decoded.kind === 'epoch') {
      ports.onMarker?.({ partition, offset: record.offset, marker: decoded.marker });
    } else records.push(poison(record, new Error(`a ${decoded.kind} has no place in the events topic`)));
  }
  return { partition, records, position: { ...position, offset: share.nextOffset }, endOffset };
}

/** What a marker's header has for the offset of a command. */
const MARKER_OFFSET = -1;

const LOG_HEADER = Buffer.from(HEADER.log);
const TYPE_HEADER = Buffer.from(HEADER.type);

function typeFilter(without: ReadonlySet<string> | undefined): (record: ScannedRecord) => boolean {
  if (without === undefined) return () => false;
  return (record) => without.has(record.header(TYPE_HEADER) ?? '');
}

function logHeaderOf(record: ScannedRecord): LogHeader | undefined {
  const packed = record.header(LOG_HEADER);
  return packed === undefined ? undefined : unpackLogHeader(packed);
}

function decode(record: LogRecord, decodeValue: JudgePorts['decodeValue']): LogMessage | Error {
  if (record.value === null) return new Error('a record without value');
  try {
    return decodeValue(record.value);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const eventRecord = ({ offset, timestamp }: LogRecord, event: Event): EventRecord => ({
  kind: 'event',
  offset,
  timestamp,
  event,
});

const poison = (record: LogRecord, cause: Error): EventRecord => ({
  kind: 'poison',
  offset: record.offset,
  timestamp: record.timestamp,
  record,
  cause,
});
