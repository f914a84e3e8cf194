import { AppendFault, KafkaFault, type FencedProducer } from '@flowplane/plumbing/kafka';
import { Superseded } from './errors.js';
import type { FaultPoints } from './fault-points.js';
import type { OutcomeBatch } from './outbox.js';
import type { PartitionFold } from './fold.js';
import type { FoldReader } from './recovery.js';

/** Appends batches of one term, one at a time. After a failure neither it nor the fold can be used any more. */
export type EventWriter = {
  readonly isBusy: () => boolean;
  /** Not while busy. `onSettled` is called when it has ended; `check` throws what it failed with. */
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
 * Records of another writer are between our last one and this batch (event-log 3). Those that do not count are passed
 * over, as by every reader. After a claim that counts neither this batch nor any later one does.
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
