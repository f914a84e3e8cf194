import { UndecodableValue, type ReadPosition } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import type { EventRecord, EventReader } from '@flowplane/runtime/consume';
import { makeFanOut, type FanOutLimits } from './fan-out.js';
import { followTail, type Tail } from './follow-tail.js';
import { runStatusFrame, type RunStatusFrame } from './run-status-frame.js';

/** The one tail of the events topic in this process. */
export type EventsTail = Tail<RunStatusFrame>;

export type EventsTailOptions = {
  readonly reader: EventReader;
  /** Where to begin, by partition: positions of a reader (event-log 2). */
  readonly start: ReadonlyMap<number, ReadPosition>;
  /** Ends of the partitions: once they are reached, what comes is new. */
  readonly ends: ReadonlyMap<number, number>;
  readonly limits: FanOutLimits;
  readonly fatal: (cause: unknown, message: string) => void;
  readonly logger: Pick<Logger, 'warn'>;
};

/** @returns once it has read all that was in the log. @throws what reading throws until then */
export async function startEventsTail(options: EventsTailOptions): Promise<EventsTail> {
  let caughtUp = (): void => undefined;
  let failed = (_cause: unknown): void => undefined;
  const ready = new Promise<void>((resolve, reject) => {
    caughtUp = resolve;
    failed = reject;
  });
  const tail = follow(options, caughtUp, failed);
  try {
    await ready;
    return tail;
  } catch (cause) {
    await tail.close();
    throw cause;
  }
}

function follow(
  { reader, start, ends, limits, fatal, logger }: EventsTailOptions,
  caughtUp: () => void,
  failed: (cause: unknown) => void,
): EventsTail {
  const fanOut = makeFanOut<RunStatusFrame>(
    new Map([...start].map(([partition, { offset }]) => [partition, offset])),
    limits,
  );
  const positions = new Map(start);
  return followTail({
    ...{ what: 'events', fanOut, fatal, logger, closeReader: reader.close, onFault: failed },
    assign: () => reader.assign(positions),
    read: async (waitMs) => {
      const batches = await reader.poll(waitMs);
      for (const { partition, records, position } of batches) {
        for (const record of records) fanOut.advance(partition, record.offset, shownOf(record));
        // Behind the last event there may be records that do not count.
        if (position.offset > fanOut.ring(partition).next()) fanOut.advance(partition, position.offset - 1, undefined);
        positions.set(partition, position);
      }
      if ([...ends].every(([partition, end]) => fanOut.ring(partition).next() >= end)) caughtUp();
      return batches.length > 0;
    },
  });
}

/** @returns undefined also for an event that cannot be read: it is the projections' to report */
export function shownOf(record: EventRecord): RunStatusFrame | undefined {
  if (record.kind !== 'event') return undefined;
  try {
    return runStatusFrame(record.event, record.offset);
  } catch (cause) {
    if (cause instanceof UndecodableValue) return undefined;
    throw cause;
  }
}
