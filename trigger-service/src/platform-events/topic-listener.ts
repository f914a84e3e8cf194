import {
  endOffsets,
  makeDirectReader,
  OffsetOutOfRange,
  startOffsets,
  type DirectReader,
  type KafkaClient,
  type LogRecord,
} from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { runLoop } from '@flowplane/plumbing/periodic';
import type { EventRegistration } from '@flowplane/runtime/read-model';
import { startOffsetOf, type ListenedTopic } from './event-registration.js';
import type { EventPositions, PlaceOfTrigger } from './event-positions.js';
import { openLane, type Lane } from './lane.js';
import type { LanePorts } from './record-starts.js';

export type ListenerPorts = LanePorts & {
  readonly kafka: KafkaClient;
  readonly positions: Pick<EventPositions, 'load'>;
  /** Looks at topics and registrations again; this listener may be closed by it. */
  readonly lookAgain: () => Promise<void>;
};

export type PositionOfTrigger = PlaceOfTrigger & { readonly nextOffset: number };

/** Reads the partitions of one topic for one trigger. */
export type TopicListener = {
  /** Synchronous: partitions not named are given up at once. */
  readonly update: (registration: EventRegistration, partitions: readonly number[]) => void;
  readonly positions: () => readonly PositionOfTrigger[];
  /** Records in the topic that are not decided for good, as of the last fetch. */
  readonly lag: () => number;
  readonly close: () => Promise<void>;
};

const POLL_WAIT_MS = 500;
const ALL_FULL_PAUSE_MS = 50;
const AFTER_FAULT_MS = 500;
const MAX_FETCH_BYTES = 2 * 1024 * 1024;

export function startListener(ports: ListenerPorts, first: EventRegistration, topic: ListenedTopic): TopicListener {
  let registration = first;
  let partitions: ReadonlySet<number> = new Set();
  const lanes = new Map<number, Lane>();
  const ends = new Map<number, number>();
  /** Where reading goes on, behind what no lane is given: records of aborted transactions, markers of their ends. */
  const reached = new Map<number, number>();
  let reader: DirectReader | undefined;
  let assigned = '';

  const placeOf = (partition: number, lane: Lane): PositionOfTrigger => ({
    ...{ registration, topicId: topic.topicId, partition, nextOffset: lane.position() },
  });
  const putLane = (partition: number, from: number): void => {
    lanes.get(partition)?.close();
    lanes.set(partition, openLane(ports, { registration, topic, partition }, from));
  };
  const openMissing = async (signal: AbortSignal): Promise<void> => {
    if ([...partitions].every((partition) => lanes.has(partition))) return;
    const stored = await ports.positions.load(registration, topic.topicId);
    for (const partition of partitions) {
      if (lanes.has(partition) || signal.aborted) continue;
      putLane(partition, stored.get(partition) ?? startOffsetOf(registration, topic.topicId, partition));
    }
  };
  /** Reads on in every partition that takes more. */
  const read = async (open: readonly (readonly [number, Lane])[]): Promise<readonly LogRecord[]> => {
    reader ??= makeDirectReader(ports.kafka, {
      ...{ topic: registration.topic, maxBytes: MAX_FETCH_BYTES, onlyCommitted: true },
      onShare: ({ partition, nextOffset, endOffset }) => {
        ends.set(partition, endOffset);
        reached.set(partition, nextOffset);
      },
    });
    const wanted = open.map(([partition]) => partition).join();
    if (wanted !== assigned) {
      reader.assign(new Map(open.map(([partition, lane]) => [partition, lane.next()])));
      assigned = wanted;
    }
    return reader.poll(POLL_WAIT_MS);
  };
  const dropReader = (): void => {
    void reader?.close();
    reader = undefined;
    assigned = '';
  };
  /** Retention was quicker than the listener, or the topic was cut short: goes on at the nearest record there is. */
  const goOnWithin = async (partition: number): Promise<void> => {
    const lane = lanes.get(partition);
    if (lane === undefined) return;
    const next = lane.next();
    const nearest = await nearestOffset(ports.kafka, registration.topic, partition, next);
    if (nearest === next || lanes.get(partition) !== lane) return;
    tellOfLoss(ports.logger, registration, partition, next, nearest);
    ports.count('lost', Math.max(0, nearest - next));
    putLane(partition, nearest);
  };
  const loop = runLoop({
    round: async (signal) => {
      await openMissing(signal);
      const open = [...lanes].filter(([, lane]) => !lane.isFull());
      if (open.length === 0) return { restMs: ALL_FULL_PAUSE_MS };
      const before = new Map(lanes);
      reached.clear();
      for (const [partition, share] of byPartition(await read(open))) lanes.get(partition)?.take(share);
      for (const [partition, nextOffset] of reached) {
        const lane = lanes.get(partition);
        // Not one that began anew while it was read.
        if (lane === before.get(partition)) lane?.pass(nextOffset);
      }
      return undefined;
    },
    backoff: { firstMs: AFTER_FAULT_MS },
    onFault: async (cause, _pauseMs, signal) => {
      dropReader();
      ports.logger.warn({ topic: registration.topic, err: cause }, 'a topic cannot be read; trying again');
      await ports.lookAgain();
      if (cause instanceof OffsetOutOfRange && !signal.aborted) {
        await goOnWithin(cause.partition).catch(() => undefined);
      }
    },
  });
  return {
    update: (next, owned) => {
      registration = next;
      partitions = new Set(owned);
      for (const [partition, lane] of lanes) {
        lane.update(next);
        if (partitions.has(partition)) continue;
        lane.close();
        lanes.delete(partition);
        ends.delete(partition);
      }
    },
    positions: () => [...lanes].map(([partition, lane]) => placeOf(partition, lane)),
    lag: () => lagOf(lanes, ends),
    close: async () => {
      const closed = loop.close();
      for (const lane of lanes.values()) lane.close();
      dropReader();
      await closed;
      dropReader(); // the round under way may have opened another
    },
  };
}

function tellOfLoss(
  logger: Logger,
  { triggerId, topic }: EventRegistration,
  partition: number,
  from: number,
  to: number,
) {
  const where = { triggerId, topic, partition, from, to };
  logger.error(
    { alert: 'platform-events-lost', ...where },
    'records of a platform-event topic were not there to be read',
  );
}

/** The offset itself where the partition still has it, else the nearest end. */
async function nearestOffset(kafka: KafkaClient, topic: string, partition: number, offset: number): Promise<number> {
  const [starts, ends] = await Promise.all([
    startOffsets(kafka, topic, [partition]),
    endOffsets(kafka, topic, [partition]),
  ]);
  return Math.min(Math.max(offset, starts.get(partition) ?? 0), ends.get(partition) ?? offset);
}

/** Records that are not decided for good, up to the ends that were last heard of. */
function lagOf(lanes: ReadonlyMap<number, Lane>, ends: ReadonlyMap<number, number>): number {
  return [...lanes].reduce((sum, [partition, lane]) => {
    const end = Math.max(ends.get(partition) ?? 0, lane.next());
    return sum + end - lane.position();
  }, 0);
}

function byPartition(records: readonly LogRecord[]): ReadonlyMap<number, LogRecord[]> {
  const shares = new Map<number, LogRecord[]>();
  for (const record of records) {
    const share = shares.get(record.partition);
    if (share === undefined) shares.set(record.partition, [record]);
    else share.push(record);
  }
  return shares;
}
