import { decodeMessage, type Frame } from '@flowplane/contracts';
import type { DirectReader, LogRecord } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { runLoop } from '@flowplane/plumbing/periodic';

export type RunsTailOptions = {
  readonly reader: DirectReader;
  readonly endOffsets: (partitions: readonly number[]) => Promise<ReadonlyMap<number, number>>;
  readonly onFrame: (frame: Frame) => void;
  readonly logger: Pick<Logger, 'warn'>;
};

export type RunsTail = {
  /** Follow these partitions, new ones from their end. */
  readonly assign: (partitions: readonly number[]) => void;
  readonly close: () => Promise<void>;
};

/** Pause between two looks: what comes meanwhile is read in one go, and nobody waits for a hint. */
const REST_MS = 25;
const RETRY_MS = 200;

/**
 * Follows the frames of runs for hints of their end. Nothing depends on it: what is missed while it is away, the sweep
 * makes up for; so it simply goes on from the end after any fault.
 */
export function startRunsTail({ reader, endOffsets, onFrame, logger }: RunsTailOptions): RunsTail {
  let wanted: readonly number[] = [];
  let changed = false;
  let following = new Map<number, number>();

  const take = (record: LogRecord): void => {
    following.set(record.partition, record.offset + 1);
    if (record.value === null) return;
    try {
      const message = decodeMessage(record.value);
      if (message.kind === 'frame') onFrame(message.frame);
    } catch (cause) {
      logger.warn({ err: cause, partition: record.partition, offset: record.offset }, 'an undecodable frame');
    }
  };
  const follow = async (): Promise<void> => {
    changed = false;
    const gained = wanted.filter((partition) => !following.has(partition));
    const ends = gained.length === 0 ? new Map<number, number>() : await endOffsets(gained);
    following = new Map(wanted.map((partition) => [partition, following.get(partition) ?? ends.get(partition) ?? 0]));
    reader.assign(following);
  };
  const loop = runLoop({
    round: async () => {
      if (changed) return follow();
      if (following.size === 0) return 'idle';
      for (const record of await reader.poll(500)) take(record);
      return { restMs: REST_MS };
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
      loop.wake();
    },
    close: loop.close,
  };
}
