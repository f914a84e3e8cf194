import { makeDirectReader, OffsetOutOfRange, type KafkaClient, type LogRecord } from '@flowplane/plumbing/kafka';
import { DeciderFatal } from './errors.js';

/** Commands of one partition in order, read ahead while others are decided. */
export type CommandSource = {
  /** The next record; undefined: none has arrived. @throws what reading failed with */
  readonly next: () => LogRecord | undefined;
  readonly close: () => void;
};

const MAX_WAIT_MS = 5000;
const FETCH_BYTES = 1024 * 1024;
/** Read-ahead, in records and bytes; the next fetch waits until less than this is left. */
const MAX_AHEAD_RECORDS = 5000;
const MAX_AHEAD_BYTES = 8 * 1024 * 1024;

/** @param onArrival called when `next` has something new to say */
export function openCommandSource(
  kafka: KafkaClient,
  topic: string,
  partition: number,
  fromOffset: number,
  onArrival: () => void,
): CommandSource {
  const reader = makeDirectReader(kafka, { topic, maxBytes: FETCH_BYTES });
  reader.assign(new Map([[partition, fromOffset]]));
  let ready: readonly LogRecord[] = [];
  let at = 0;
  let ahead: readonly LogRecord[] = [];
  let aheadBytes = 0;
  let failure: Error | undefined;
  let fetching = false;
  let closed = false;

  const fetchAhead = (): void => {
    if (fetching || closed || failure !== undefined) return;
    if (ready.length - at + ahead.length >= MAX_AHEAD_RECORDS || aheadBytes >= MAX_AHEAD_BYTES) return;
    fetching = true;
    reader.poll(MAX_WAIT_MS).then(
      (records) => {
        fetching = false;
        if (records.length > 0) {
          ahead = ahead.length === 0 ? records : [...ahead, ...records];
          for (const { value } of records) aheadBytes += value?.length ?? 0;
          onArrival();
        }
        fetchAhead();
      },
      (error: unknown) => {
        fetching = false;
        failure = asFault(error, topic, partition, fromOffset);
        onArrival();
      },
    );
  };
  fetchAhead();
  return {
    next: () => {
      if (at === ready.length && ahead.length > 0) {
        ready = ahead;
        ahead = [];
        at = 0;
      }
      const record = ready[at];
      if (record === undefined) {
        if (failure !== undefined) throw failure;
        return undefined;
      }
      at++;
      const wasFull = aheadBytes >= MAX_AHEAD_BYTES;
      aheadBytes -= record.value?.length ?? 0;
      if (at === ready.length || at % 1000 === 0 || wasFull) fetchAhead();
      return record;
    },
    close: () => {
      closed = true;
      void reader.close();
    },
  };
}

/** What was accepted must not be skipped: commands that are gone undecided are for an operator to judge. */
function asFault(error: unknown, topic: string, partition: number, fromOffset: number): Error {
  if (error instanceof OffsetOutOfRange) {
    const where = `${topic}[${partition}] from offset ${fromOffset}`;
    return new DeciderFatal(`commands that were never decided are not in ${where} any more`, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}
