import { EVENT_TYPES, type Event, type ReadPosition } from '@flowplane/contracts';
import { endOffsets, startOffsets, type KafkaClient } from '@flowplane/plumbing/kafka';
import { makeByteLimiter } from '@flowplane/plumbing/limiter';
import { makeEventReader, positionAt } from '@flowplane/runtime/consume';
import { shownOf } from './events-tail.js';
import { SHOWN_TYPES, type RunStatusFrame } from './run-status-frame.js';

/** What the log has of a workspace that the tail has not. */
export type EventHistory = {
  /** First offset that the log still has, and the one after the last. */
  readonly start: (partition: number) => Promise<number>;
  readonly end: (partition: number) => Promise<number>;
  /**
   * The first frames of a key in a part of the log, in order.
   *
   * @returns `next`: offset behind what was looked at; undefined where the client is gone
   */
  readonly page: (
    part: LogPart,
    gone: AbortSignal,
  ) => Promise<{ readonly frames: readonly RunStatusFrame[]; readonly next: number } | undefined>;
};

export type LogPart = {
  readonly partition: number;
  readonly from: number;
  /** Exclusive; not beyond the end of the partition. */
  readonly to: number;
  readonly key: string;
  /** Of the tenant, who gets no more than half of what there is. */
  readonly owner: string;
};

/** Frames that are enough for a page. */
const PAGE_FRAMES = 1000;
const MAX_FETCH_BYTES = 1024 * 1024;
/** Bytes of all streams that read from the log at once, each on a separate connection. */
const MAX_READING_BYTES = 4_194_304;
const POLL_WAIT_MS = 500;
/** Events that no stream shows are judged and not decoded. */
export const NOT_SHOWN: ReadonlySet<Event['type']> = new Set(EVENT_TYPES.filter((type) => !SHOWN_TYPES.has(type)));

export function makeEventHistory(kafka: KafkaClient, topic: string): EventHistory {
  const reading = makeByteLimiter(MAX_READING_BYTES);
  return {
    start: async (partition) => (await startOffsets(kafka, topic, [partition])).get(partition) ?? 0,
    end: async (partition) => (await endOffsets(kafka, topic, [partition])).get(partition) ?? 0,
    page: async ({ partition, from, to, key, owner }, gone) => {
      const held = await reading.take(MAX_FETCH_BYTES, { owner, signal: gone }).catch(() => undefined);
      if (held === undefined) return undefined;
      const options = { topic, maxBytes: MAX_FETCH_BYTES, without: NOT_SHOWN, onNewer: 'pass' } as const;
      const reader = makeEventReader(kafka, options);
      const frames: RunStatusFrame[] = [];
      try {
        let position = await positionAt({ kafka, topic, partition, offset: from });
        reader.assign(new Map([[partition, position]]));
        while (position.offset < to && frames.length < PAGE_FRAMES && !gone.aborted) {
          for (const batch of await reader.poll(POLL_WAIT_MS)) {
            position = batch.position;
            const shown = batch.records.map(shownOf).filter((frame) => frame !== undefined);
            frames.push(...shown.filter((frame) => frame.key === key && frame.offset < to));
          }
        }
        return { frames, next: Math.min(position.offset, to) };
      } finally {
        held.release();
        await reader.close();
      }
    },
  };
}

/** Records before the read models' positions that a tail begins at, so that streams of before a restart go on from it. */
const RECENT_RECORDS = 2000;

/** Positions a little before others. @param from positions of a reader */
export async function recentPositions(
  kafka: KafkaClient,
  topic: string,
  from: ReadonlyMap<number, ReadPosition>,
): Promise<ReadonlyMap<number, ReadPosition>> {
  const starts = await startOffsets(kafka, topic, [...from.keys()]);
  const before = [...from].map(async ([partition, position]): Promise<[number, ReadPosition]> => {
    const offset = Math.max(starts.get(partition) ?? 0, position.offset - RECENT_RECORDS);
    if (offset >= position.offset) return [partition, position];
    return [partition, await positionAt({ kafka, topic, partition, offset })];
  });
  return new Map(await Promise.all(before));
}
