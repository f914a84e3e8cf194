import { OffsetOutOfRange } from '@flowplane/plumbing/kafka';
import { type EventBatch, type EventReader, type EventRecord } from '@flowplane/runtime/consume';
import type { Logger } from '@flowplane/plumbing/logging';
import { keepTrying, pause, runLoop, startPeriodic } from '@flowplane/plumbing/periodic';
import { CallAbandoned } from '../../shared/engine-gate.js';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';
import type { Positions } from '../state/positions.js';
import type { Effects, ReadEvent } from './handle-event.js';
import type { KeyedQueue } from './keyed-queue.js';
import { PositionLost } from './done-in-log.js';
import { makeOwnedPartitions, type OwnedPartition, type OwnedPartitionsOptions } from './owned-partitions.js';

export type EventsIntakeOptions = {
  readonly reader: EventReader;
  readonly positions: Positions;
  readonly doneSince: OwnedPartitionsOptions['doneSince'];
  /** FLOWS_EXECUTOR_FROM_START */
  readonly fromStart: boolean;
  readonly effects: Effects;
  readonly queue: KeyedQueue;
  /** Keeps a record that cannot be applied for people, with an alert; resolves when it is safe. */
  readonly setAside: (record: EventRecord, partition: number, cause: unknown) => Promise<void>;
  /**
   * How long an event is tried whose effect fails, in ms; then it is set aside, so that it does not hold the position of
   * its partition. An outage of the engine or of a store is waited out before an effect fails.
   */
  readonly setAsideAfterMs: number;
  /** The process must not go on: events are missing, or a bug. */
  readonly fatal: (cause: unknown, message: string) => void;
  readonly logger: Pick<Logger, 'warn' | 'info' | 'error'>;
  /** Pieces of work read and not done, beyond which nothing more is read. */
  readonly maxInHand?: number;
  readonly saveIntervalMs?: number;
};

export type EventsIntake = {
  /** These partitions are ours now, and no others. */
  readonly assign: (partitions: readonly number[]) => void;
  /**
   * The membership is lost: nothing more is read. What is in hand goes on for a while, since every effect may be made
   * twice, and mostly the same partitions come back at once.
   */
  readonly suspend: () => void;
  readonly inHand: () => number;
  readonly partitions: () => readonly number[];
  /** Records not read yet, over all partitions of ours, as of the last look. */
  readonly lag: () => number;
  /** Offsets with nothing left to do before them. */
  readonly committed: () => ReadonlyMap<number, number>;
  /** Stops reading, lets work in hand end for at most `graceMs`, saves positions. */
  readonly close: (graceMs: number) => Promise<void>;
};

const POLL_WAIT_MS = 5000;
const ABANDON_AFTER_MS = 30_000;
const RETRY_MS = 200;
const LONGEST_RETRY_MS = 10_000;
const LAST_SAVE_MS = 1000;

/**
 * Reads the events of the partitions assigned, has their effects applied in the order of each run and concurrently
 * over runs, and saves how far everything is done. What was in hand at a crash is done again.
 */
export function makeEventsIntake(options: EventsIntakeOptions): EventsIntake {
  const { reader, logger, maxInHand = 20_000, saveIntervalMs = 250 } = options;
  const owned = makeOwnedPartitions(options);
  let wanted: readonly number[] = [];
  let assignmentChanged = false;
  let suspended = true;
  /** Ends a poll under way. */
  let interruption = new AbortController();
  let abandonment: NodeJS.Timeout | undefined;
  const work = makeWork(options, () => loop.wake());

  /** Takes over what is newly ours, and reads on from where everything stands. */
  const takeOver = async (): Promise<void> => {
    assignmentChanged = false;
    interruption = new AbortController();
    await owned.take(wanted, () => !assignmentChanged);
    reader.assign(new Map([...owned.all()].map(([partition, { next }]) => [partition, next])));
    logger.info({ partitions: [...owned.all().keys()] }, 'reading events');
  };
  const loop = runLoop({
    round: async () => {
      if (assignmentChanged) return takeOver();
      if (suspended || owned.all().size === 0 || work.inHand() >= maxInHand) return 'idle';
      for (const batch of await reader.poll(POLL_WAIT_MS, interruption.signal))
        work.accept(batch, owned.get(batch.partition));
      return undefined;
    },
    backoff: { firstMs: RETRY_MS },
    onFault: (cause) => {
      if (cause instanceof OffsetOutOfRange) {
        options.fatal(cause, 'events are missing from the log');
        return 'stop';
      }
      if (cause instanceof PositionLost) {
        options.fatal(cause, 'the executor does not know how far it was');
        return 'stop';
      }
      logger.warn({ err: cause }, 'reading events failed, it is tried again');
      assignmentChanged = true;
      return undefined;
    },
  });
  const onSaveFault = (cause: unknown): void => logger.warn({ err: cause }, 'positions could not be saved');
  const saving = startPeriodic({ intervalMs: saveIntervalMs, work: owned.save, onFault: onSaveFault });

  return {
    assign: (partitions) => {
      clearTimeout(abandonment);
      wanted = [...partitions];
      assignmentChanged = true;
      suspended = false;
      owned.keep(partitions);
      interruption.abort();
      loop.wake();
    },
    suspend: () => {
      suspended = true;
      interruption.abort();
      clearTimeout(abandonment);
      abandonment = setTimeout(() => owned.keep([]), ABANDON_AFTER_MS);
      abandonment.unref();
    },
    inHand: work.inHand,
    partitions: () => [...owned.all().keys()],
    lag: () => [...owned.all().values()].reduce((sum, { lag }) => sum + lag, 0),
    committed: owned.saved,
    close: async (graceMs) => {
      interruption.abort();
      await loop.close();
      const giveUpAt = Date.now() + graceMs;
      while (work.inHand() > 0 && Date.now() < giveUpAt) await pause(10);
      await saving.close();
      await retryWhileUnavailable(owned.save, AbortSignal.timeout(LAST_SAVE_MS)).catch(onSaveFault);
      clearTimeout(abandonment);
      owned.keep([]);
    },
  };
}

type Work = {
  readonly accept: (batch: EventBatch, mine: OwnedPartition | undefined) => void;
  readonly inHand: () => number;
};

/** Hands what was read to the queue, and keeps the checkpoints of what is done. */
function makeWork(options: EventsIntakeOptions, onDone: () => void): Work {
  const { effects, queue, fatal } = options;
  let inHand = 0;
  const underWay = new WeakMap<OwnedPartition, Set<Promise<unknown>>>();

  const perform = async (record: EventRecord, partition: number, mine: OwnedPartition): Promise<void> => {
    if (mine.lost.aborted) throw new CallAbandoned();
    if (record.kind === 'poison') return setAside(options, record, partition, record.cause, mine.lost);
    const read = { event: record.event, partition, offset: record.offset, done: mine.done };
    try {
      await applyPatiently(options, read, mine.lost);
    } catch (cause) {
      if (cause instanceof CallAbandoned) throw cause;
      await setAside(options, record, partition, cause, mine.lost);
    }
  };
  const take = (record: EventRecord, partition: number, mine: OwnedPartition, done: () => void): void => {
    const key = record.kind === 'event' ? effects.keyOf(record.event) : undefined;
    inHand += 1;
    const others = underWay.get(mine) ?? new Set();
    underWay.set(mine, others);
    const earlier = record.kind === 'event' && effects.waitsForEarlier(record.event) ? [...others] : [];
    const work = queue
      .run(key ?? `poison/${partition}`, async () => {
        if (earlier.length > 0) await Promise.all(earlier);
        return perform(record, partition, mine);
      })
      .then(done, (cause: unknown) => {
        // Abandoned work is the next owner's. Anything else is a bug here.
        if (!(cause instanceof CallAbandoned)) fatal(cause, 'an event could not be applied');
      })
      .finally(() => {
        inHand -= 1;
        others.delete(work);
        onDone();
      });
    others.add(work);
  };

  return {
    accept: (batch, mine) => {
      if (mine === undefined) return;
      mine.next = batch.position;
      mine.lag = Math.max(0, batch.endOffset - batch.position.offset);
      const todo = batch.records.filter(
        (record) => record.kind === 'poison' || effects.keyOf(record.event) !== undefined,
      );
      for (const record of todo) if (record.kind === 'event') effects.foresee(record.event);
      const done = mine.checkpoints.add(batch.position, todo.length);
      for (const record of todo) take(record, batch.partition, mine, done);
    },
    inHand: () => inHand,
  };
}

/** Effects are idempotent, so one that fails is made again. @throws what it fails with at the last; CallAbandoned */
function applyPatiently(
  { effects, logger, setAsideAfterMs }: EventsIntakeOptions,
  read: ReadEvent,
  signal: AbortSignal,
) {
  let failingSince: number | undefined;
  return keepTrying(() => effects.apply(read, signal), {
    backoff: { firstMs: RETRY_MS, maxMs: LONGEST_RETRY_MS },
    signal,
    isCurable: (cause) => {
      failingSince ??= Date.now();
      return !(cause instanceof CallAbandoned) && Date.now() - failingSince < setAsideAfterMs;
    },
    onFault: (err) => {
      const { partition, offset, event } = read;
      logger.warn({ err, partition, offset, type: event.type }, 'an event could not be applied, it is tried again');
    },
  });
}

/** The log of dead letters may be away as well. */
const setAside = (
  options: EventsIntakeOptions,
  record: EventRecord,
  partition: number,
  cause: unknown,
  signal: AbortSignal,
): Promise<void> =>
  keepTrying(() => options.setAside(record, partition, cause), {
    backoff: { firstMs: RETRY_MS, maxMs: LONGEST_RETRY_MS },
    signal,
    onFault: (err) => options.logger.warn({ err, partition, offset: record.offset }, 'an event could not be set aside'),
  });
