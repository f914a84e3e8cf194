import { UndecodableValue, type Event, type LogPosition, type ReadPosition } from '@flowplane/contracts';
import type { FlowRow } from '@flowplane/contracts/read-model';
import type { EventBatch, EventReader } from '../consume/index.js';
import type { Logger } from '@flowplane/plumbing/logging';
import { makePace, runLoop } from '@flowplane/plumbing/periodic';
import { RUN_PACE } from '../pace/index.js';
import type { FollowedFlows } from './followed-flows.js';

/** What the log says about one attempt of a command: its first event, and the position behind its last. */
export type Decided = {
  readonly event: Event;
  readonly position: LogPosition;
  /** The flow as the event leaves it, where that follows from what the tail has read. */
  readonly flow?: FlowRow | undefined;
};

/** A wait that ends with a value, or with undefined when it is dropped. */
export type Wait<T> = { readonly promise: Promise<T | undefined>; readonly drop: () => void };

/** Tails the whole events log and hands outcomes to those who wait for them. */
export type OutcomeTail = {
  /** Outcome of one attempt of a command. Ask before the append. */
  readonly decided: (commandId: string, attempt: number) => Wait<Decided>;
  /** The first `ExecutionStarted` or `ExecutionClosed` of a run from now on. */
  readonly engineHasRun: (executionId: string) => Wait<LogPosition>;
  /** Ends of the partitions as far as this tail has read. */
  readonly onProgress: (listener: ProgressListener) => void;
  /** Offsets of commands that have an outcome, as the tail comes by. */
  readonly onDecided: (listener: (partition: number, commandOffset: number) => void) => void;
  /** Every event that counts, as the tail comes by. */
  readonly onEvent: (listener: (event: Event) => void) => void;
  /** The position behind the last record of a partition that was handed out. */
  readonly reached: (partition: number) => LogPosition;
  /** The same of all partitions, as another reader may go on from it. */
  readonly positions: () => ReadonlyMap<number, ReadPosition>;
  /** False while the log cannot be read. */
  readonly healthy: () => boolean;
  readonly close: () => Promise<void>;
};

/** @param timestampMs of the last event before `offset` @param tenants whose events came, and how many of each */
export type ProgressListener = (
  partition: number,
  offset: number,
  timestampMs: number,
  tenants: ReadonlyMap<string, number>,
) => void;

const POLL_WAIT_MS = 5000;
const RETRY_DELAY_MS = 200;

/** Several may wait for the same: a start and its replays wait for one run. */
type Waiters<T> = Map<string, Set<(value: T) => void>>;

/**
 * @param positions where the tail starts, per partition: real reader positions (offset, epoch, owner), see event-log 2
 * @param flows absent: outcomes come without the flow
 */
export function startOutcomeTail(
  reader: EventReader,
  positions: ReadonlyMap<number, ReadPosition>,
  logger: Logger,
  flows?: FollowedFlows,
): OutcomeTail {
  const commands: Waiters<Decided> = new Map();
  const runs: Waiters<LogPosition> = new Map();
  /** First events of attempts whose last event has not been read yet. */
  const partial = new Map<string, Event>();
  const ends = new Map(positions);
  const listeners: ProgressListener[] = [];
  const eventListeners: ((event: Event) => void)[] = [];
  const decisionListeners: ((partition: number, commandOffset: number) => void)[] = [];
  let reachable = true;

  const settle = (partition: number, offset: number, event: Event): void => {
    const position = { partition, offset: offset + 1 };
    const key = waiterKey(event.meta.commandId, event.meta.attempt);
    const flow = flows?.take(event, offset, commands.has(key));
    if (commands.has(key)) {
      void event.data; // who waits is not given what cannot be read
      const first = partial.get(key) ?? event;
      if (event.meta.index === event.meta.count - 1) {
        partial.delete(key);
        wake(commands, key, { event: first, position, flow: first === event ? flow : undefined });
      } else {
        partial.set(key, first);
      }
    }
    if (runs.size === 0) return;
    if (event.type === 'ExecutionStarted' || event.type === 'ExecutionClosed') {
      wake(runs, event.data.executionId, position);
    }
  };
  const tell = (partition: number, offset: number, event: Event): void => {
    try {
      settle(partition, offset, event);
      for (const listener of eventListeners) listener(event);
    } catch (cause) {
      if (!(cause instanceof UndecodableValue)) throw cause;
      flows?.forget();
    }
  };
  const take = (batch: EventBatch): void => {
    let timestamp = 0;
    let commandOffset = -1;
    const tenants = new Map<string, number>();
    for (const record of batch.records) {
      timestamp = record.timestamp;
      if (record.kind === 'poison') flows?.forget();
      if (record.kind !== 'event') continue;
      tell(batch.partition, record.offset, record.event);
      const { tenantId } = record.event.meta;
      tenants.set(tenantId, (tenants.get(tenantId) ?? 0) + 1);
      commandOffset = record.event.meta.commandOffset;
    }
    for (const listener of decisionListeners) if (commandOffset >= 0) listener(batch.partition, commandOffset);
    ends.set(batch.partition, batch.position);
    if (batch.records.length === 0) return;
    for (const listener of listeners) listener(batch.partition, batch.position.offset, timestamp, tenants);
  };
  reader.assign(positions);
  const pace = makePace(RUN_PACE);
  const loop = runLoop({
    round: async () => {
      // Of a log that could not be read it is soon to be known whether it can be read again.
      const batches = await reader.poll(reachable ? POLL_WAIT_MS : 0);
      if (batches.length > 0) pace.turn();
      for (const batch of batches) take(batch);
      reachable = true;
      return commands.size + runs.size === 0 ? { restMs: pace.waitMs() } : undefined;
    },
    backoff: { firstMs: RETRY_DELAY_MS },
    onFault: (cause) => {
      flows?.forget();
      if (reachable) logger.warn({ err: cause }, 'the events log cannot be read; trying again');
      reachable = false;
    },
  });

  return {
    decided: (commandId, attempt) => {
      loop.wake();
      return waitIn(commands, waiterKey(commandId, attempt), (key) => partial.delete(key));
    },
    engineHasRun: (executionId) => {
      loop.wake();
      return waitIn(runs, executionId);
    },
    onProgress: (listener) => listeners.push(listener),
    onDecided: (listener) => decisionListeners.push(listener),
    onEvent: (listener) => eventListeners.push(listener),
    reached: (partition) => ({ partition, offset: ends.get(partition)?.offset ?? 0 }),
    positions: () => new Map(ends),
    healthy: () => reachable,
    close: async () => {
      const closed = loop.close();
      await reader.close();
      await closed;
    },
  };
}

const waiterKey = (commandId: string, attempt: number): string => `${commandId}/${attempt}`;

function wake<T>(waiters: Waiters<T>, key: string, value: T): void {
  for (const end of waiters.get(key) ?? []) end(value);
}

function waitIn<T>(waiters: Waiters<T>, key: string, onDrop: (key: string) => void = () => {}): Wait<T> {
  let settle: (value: T | undefined) => void = () => {};
  const promise = new Promise<T | undefined>((resolve) => {
    settle = resolve;
  });
  const end = (value: T | undefined): void => {
    const others = waiters.get(key);
    others?.delete(end);
    if (others?.size === 0) waiters.delete(key);
    settle(value);
  };
  waiters.set(key, (waiters.get(key) ?? new Set()).add(end));
  return {
    promise,
    drop: () => {
      onDrop(key);
      end(undefined);
    },
  };
}
