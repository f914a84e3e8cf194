import {
  HEADER,
  judgeRecord,
  START_OF_LOG,
  unpackLogHeader,
  type LogHeader,
  type ReadPosition,
} from '@flowplane/contracts';
import { makePartitionFetcher, startOffsets, type KafkaClient } from '@flowplane/plumbing/kafka';

/** Records before the offset that are looked at first; eight times as many each time that they do not tell enough. */
const FIRST_WINDOW = 500;
const POLL_WAIT_MS = 500;

export type PositionAtOptions = {
  readonly kafka: KafkaClient;
  /** The events topic. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
};

/**
 * The reader position at an offset that no reader has kept: the events before it say who may write there. An owner
 * writes events only after its claim was accepted (event-log 1), so the event of the greatest epoch names the owner; a claim
 * alone does not, since it may have been refused. Where the records before the offset have no event, more of them are read,
 * at last all from the beginning, as every reader does.
 *
 * @param options.offset beyond the beginning of the partition, and not beyond its end
 */
export async function positionAt(options: PositionAtOptions): Promise<ReadPosition> {
  const { kafka, topic, partition, offset } = options;
  const start = (await startOffsets(kafka, topic, [partition])).get(partition) ?? 0;
  for (let window = FIRST_WINDOW; ; window *= 8) {
    const from = Math.max(start, offset - window);
    const headers = await headersBetween(options, from);
    if (from === start) return { ...foldedFrom(start, headers), offset };
    const writer = writerOf(headers.map(({ header }) => header));
    if (writer !== undefined) return { offset, ...writer };
  }
}

type PlacedHeader = { readonly offset: number; readonly header: LogHeader | undefined };

async function headersBetween(options: PositionAtOptions, from: number): Promise<readonly PlacedHeader[]> {
  const { kafka, topic, partition, offset: to } = options;
  const fetcher = makePartitionFetcher(kafka, { topic });
  const headers: PlacedHeader[] = [];
  try {
    fetcher.assign(new Map([[partition, from]]));
    for (let next = from; next < to;) {
      for (const { records, nextOffset } of await fetcher.poll(POLL_WAIT_MS)) {
        for (const record of records) {
          const packed = record.header(LOG_HEADER);
          const header = packed === undefined ? undefined : unpackLogHeader(packed);
          if (record.offset < to) headers.push({ offset: record.offset, header });
        }
        next = nextOffset;
      }
    }
    return headers;
  } finally {
    fetcher.close();
  }
}

const LOG_HEADER = Buffer.from(HEADER.log);
/** What a marker's header has for the offset of a command. */
const MARKER_OFFSET = -1;
const isMarker = (header: LogHeader | undefined): boolean => header?.commandOffset === MARKER_OFFSET;

function foldedFrom(start: number, records: readonly PlacedHeader[]): ReadPosition {
  let position: ReadPosition = { ...START_OF_LOG, offset: start };
  for (const { offset, header } of records) {
    position = judgeRecord(position, offset, isMarker(header), header).position;
  }
  return position;
}

/**
 * Who may write behind these records.
 *
 * @returns undefined where they do not tell: no event, or a claim of a greater epoch than that of every event
 */
function writerOf(headers: readonly (LogHeader | undefined)[]): Pick<ReadPosition, 'epoch' | 'owner'> | undefined {
  let writer: Pick<ReadPosition, 'epoch' | 'owner'> | undefined;
  let claimed = 0;
  for (const header of headers) {
    if (header === undefined) continue;
    if (isMarker(header)) claimed = Math.max(claimed, header.epoch);
    else if (writer === undefined || header.epoch > writer.epoch) writer = { epoch: header.epoch, owner: header.owner };
  }
  return writer === undefined || claimed > writer.epoch ? undefined : writer;
}
