import { decodeMessage, type Frame } from '@flowplane/contracts';
import type { DirectReader, LogRecord } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { makePace, runLoop } from '@flowplane/plumbing/periodic';
import { RUN_PACE } from '@flowplane/runtime/pace';

export type RunsTailOptions = {
  readonly reader: DirectReader;
  readonly endOffsets: (partitions: readonly number[]) => Promise<ReadonlyMap<number, number>>;
  readonly onFrame: (frame: Frame, offset: number) => void;
  /** Frames before now may have been missed. */
  readonly onMissed: () => void;
  readonly logger: Pick<Logger, 'warn'>;
};

export type RunsTail = {
  /** Follow these partitions, new ones from their end. */
  readonly assign: (partitions: readonly number[]) => void;
  readonly close: () => Promise<void>;
};

const POLL_WAIT_MS = 5000;
const RETRY_MS = 200;

/**
 * Follows the frames of runs for hints of their end. Nothing depends on it: what is missed while it is away, the sweep
 * makes up for; so it simply goes on from the end after any fault.
 */
export function startRunsTail({ reader, endOffsets, onFrame, onMissed, logger }: RunsTailOptions): RunsTail {
  let wanted: readonly number[] = [];
  let changed = false;
  /** Ends a poll under way. */
  let interruption = new AbortController();
  const pace = makePace(RUN_PACE);
  let following = new Map<number, number>();

  const take = (record: LogRecord): void => {
    following.set(record.partition, record.offset + 1);
    if (record.value === null) return;
    try {
      const message = decodeMessage(record.value);
      if (message.kind === 'frame') onFrame(message.frame, record.offset);
    } catch (cause) {
      onMissed();
      logger.warn({ err: cause, partition: record.partition, offset: record.offset }, 'an undecodable frame');
    }
  };
  const follow = async (): Promise<void> => {
    changed = false;
    interruption = new AbortController();
    const gained = wanted.filter((partition) => !following.has(partition));
    const ends = gained.length === 0 ? new Map<number, number>() : await endOffsets(gained);
    following = new Map(wanted.map((partition) => [partition, following.get(partition) ?? ends.get(partition) ?? 0]));
    if (gained.length > 0) onMissed();
    reader.assign(following);
  };
  const loop = runLoop({
    round: async () => {
      if (changed) return follow();
      if (following.size === 0) return 'idle';
      const records = await reader.poll(POLL_WAIT_MS, interruption.signal);
      if (records.length > 0) pace.turn();
      for (const record of records) take(record);
      return { restMs: pace.waitMs() };
    },
    backoff: { firstMs: RETRY_MS },
    onFault: (cause) => {
      logger.warn({ err: cause }, 'following runs failed, going on from the end');
      following = new Map();
      changed = true;
    },
  });

  return {
    assign: (partitions) => {
      wanted = [...partitions];
      changed = true;
      interruption.abort();
      loop.wake();
    },
    close: () => {
      interruption.abort();
      return loop.close();
    },
  };
}
