import type { RecordToWrite } from '@flowplane/plumbing/kafka';
import type { DecidedRecord } from './decide-record.js';
import { eventRecord, type Leader } from './records.js';

/** Outcomes that go to the log together; all records of a command are in one batch (event-log 6). */
export type OutcomeBatch = {
  readonly records: RecordToWrite[];
  bytes: number;
  /** Highest offset of a command that is done with when this batch is in the log. */
  lastCommandOffset: number;
  readonly outcomes: { readonly type: string; readonly outcome: string }[];
};

const MAX_COMMANDS = 1000;
const MAX_BYTES = 900_000;
/** Headers and framing of a record, generously. */
const RECORD_OVERHEAD_BYTES = 500;

/** Batches decided and not sent, in order; there is more than one only when the next outcome did not fit. */
export type Outbox = {
  readonly isFull: () => boolean;
  /** Records in all of it. */
  readonly waiting: () => number;
  /** Adds all records of one command, in one batch. */
  readonly add: (commandOffset: number, decided: DecidedRecord & { readonly kind: 'decided' }) => void;
  /** A command without records is done with. @returns false when no batch is there to carry that */
  readonly passOver: (commandOffset: number) => boolean;
  readonly take: () => OutcomeBatch | undefined;
};

const emptyBatch = (): OutcomeBatch => ({ records: [], bytes: 0, lastCommandOffset: -1, outcomes: [] });

/** @param maxBytes a batch exceeds it only when one command alone does */
export function makeOutbox(leader: Leader, maxCommands = MAX_COMMANDS, maxBytes = MAX_BYTES): Outbox {
  const batches: OutcomeBatch[] = [];
  return {
    isFull: () => {
      const last = batches.at(-1);
      return batches.length > 1 || (last !== undefined && last.outcomes.length >= maxCommands);
    },
    waiting: () => batches.reduce((count, { records }) => count + records.length, 0),
    add: (commandOffset, { command, decision, events }) => {
      const records = events.map((event) => eventRecord(event, leader));
      const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES, 0);
      let batch = batches.at(-1);
      if (batch === undefined || batch.bytes + bytes > maxBytes) {
        batch = emptyBatch();
        batches.push(batch);
      }
      batch.records.push(...records);
      batch.bytes += bytes;
      batch.lastCommandOffset = commandOffset;
      batch.outcomes.push({ type: command.type, outcome: decision.kind });
    },
    passOver: (commandOffset) => {
      const last = batches.at(-1);
      if (last !== undefined) last.lastCommandOffset = commandOffset;
      return last !== undefined;
    },
    take: () => batches.shift(),
  };
}
