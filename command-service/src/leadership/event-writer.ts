import { AppendFault, KafkaFault, type FencedProducer } from '@flowplane/plumbing/kafka';
import { Superseded } from './decider-fatal.js';
import type { FaultPoints } from './fault-points.js';
import type { OutcomeBatch } from './outcome-batch.js';
import type { PartitionFold } from './partition-fold.js';
import type { FoldReader } from './recover.js';

/** Appends batches of one reign, one at a time. After a failure it is useless, and so is the fold. */
export type EventWriter = {
  readonly isBusy: () => boolean;
  /** Not while busy. Its end is told by `onSettled`; what it failed with, by `check`. */
  readonly send: (batch: OutcomeBatch) => void;
  /** @throws what a send failed with */
  readonly check: () => void;
  /** Records under way. */
  readonly inFlight: () => number;
};

export type EventWriterOptions = {
  readonly fold: PartitionFold;
  readonly producer: FencedProducer;
  readonly reader: FoldReader;
  readonly owner: string;
  readonly partition: number;
  readonly faults: FaultPoints;
  /** @param asExpected false: something that does not count stood in between */
  readonly onAcknowledged: (batch: OutcomeBatch, asExpected: boolean) => void;
  readonly onSettled: () => void;
};

export function makeEventWriter(options: EventWriterOptions): EventWriter {
  const { fold, producer, partition, faults } = options;
  let underWay = 0;
  let failure: Error | undefined;

  const deliver = async (batch: OutcomeBatch): Promise<void> => {
    faults('mid-batch', partition);
    const { baseOffset } = await producer.send(batch.records);
    faults('after-ack', partition);
    const expected = fold.position.offset;
    if (baseOffset === expected) {
      fold.position = { ...fold.position, offset: expected + batch.records.length };
    } else {
      await readGap(options, baseOffset, baseOffset + batch.records.length);
    }
    underWay = 0; // with the position, never after it: snapshots add up both
    fold.lastCommandOffset = Math.max(fold.lastCommandOffset, batch.lastCommandOffset);
    options.onAcknowledged(batch, baseOffset === expected);
  };
  return {
    isBusy: () => underWay > 0,
    send: (batch) => {
      underWay = batch.records.length;
      deliver(batch)
        .catch((error: unknown) => {
          failure = sendFailure(error);
        })
        .finally(() => {
          underWay = 0;
          options.onSettled();
        });
    },
    check: () => {
      if (failure !== undefined) throw failure;
    },
    inFlight: () => underWay,
  };
}

/**
 * Somebody wrote between our last record and this batch (event-log 3). What does not count, we pass over like every
 * reader; a marker that counts makes this batch and all that follows nobody's.
 */
async function readGap({ fold, reader, owner }: EventWriterOptions, baseOffset: number, end: number): Promise<void> {
  if (baseOffset < fold.position.offset) {
    throw new KafkaFault('LOG_SHORTENED', false, `records were appended at ${baseOffset}, behind what was there`);
  }
  await reader.judgeTo(end);
  if (fold.position.owner !== owner) throw new Superseded();
}

function sendFailure(error: unknown): Error {
  if (error instanceof AppendFault && error.cause instanceof Error) return error.cause;
  return error instanceof Error ? error : new Error(String(error));
}
