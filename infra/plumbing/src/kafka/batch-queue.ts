import { recordSizeBound } from './record-batch-encode.js';
import type { OutgoingRecord } from './types.js';

/** Records that must stand together, and who waits for them. */
export type QueuedGroup = {
  readonly records: readonly OutgoingRecord[];
  readonly bytes: number;
  /** Not to be held back so that more records gather. */
  readonly atOnce: boolean;
  /** Epoch milliseconds after which it is no longer worth sending. */
  readonly deadline: number;
  /** Offsets in the order of `records`. */
  readonly resolve: (offsets: readonly number[]) => void;
  readonly reject: (error: Error) => void;
};

export type BatchBounds = { readonly maxBatchRecords: number; readonly maxBatchBytes: number };

export const sizeOfGroup = (records: readonly OutgoingRecord[]): number =>
  records.reduce((bytes, record) => bytes + recordSizeBound(record), 0);

/** Cuts records into batches within the bounds, in order; a record that is larger alone is a batch alone. */
export function* batchesOf(
  records: readonly OutgoingRecord[],
  { maxBatchRecords, maxBatchBytes }: BatchBounds,
): Generator<readonly OutgoingRecord[]> {
  let batch: OutgoingRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = recordSizeBound(record);
    if (batch.length > 0 && (bytes + size > maxBatchBytes || batch.length === maxBatchRecords)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** First in, first out; a batch is as many groups as its bounds allow, and at least one. */
export function makeBatchQueue(bounds: BatchBounds) {
  let queue: QueuedGroup[] = [];
  let head = 0;
  let records = 0;
  let waitingBytes = 0;
  let atOnce = 0;
  return {
    push: (group: QueuedGroup): void => {
      queue.push(group);
      if (group.atOnce) atOnce += 1;
      records += group.records.length;
      waitingBytes += group.bytes;
    },
    /** Records waiting. */
    waiting: (): number => records,
    /** Bytes that they take at most. */
    waitingBytes: (): number => waitingBytes,
    /** Whether a group waits that is to go at once. */
    isUrgent: (): boolean => atOnce > 0,
    takeBatch: (): readonly QueuedGroup[] => {
      const batch: QueuedGroup[] = [];
      let count = 0;
      let bytes = 0;
      while (head < queue.length) {
        const next = queue[head] as QueuedGroup;
        const fits =
          count + next.records.length <= bounds.maxBatchRecords && bytes + next.bytes <= bounds.maxBatchBytes;
        if (batch.length > 0 && !fits) break;
        batch.push(next);
        if (next.atOnce) atOnce -= 1;
        count += next.records.length;
        bytes += next.bytes;
        head++;
      }
      if (head > 1024 || head === queue.length) {
        queue = queue.slice(head);
        head = 0;
      }
      records -= count;
      waitingBytes -= bytes;
      return batch;
    },
  };
}
