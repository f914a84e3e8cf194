import { refusal } from '@flowplane/plumbing/http';

/** Refuses commands before anything is appended when those behind could not follow (flows-api 3.7). */
export type OverloadGuard = {
  /** The tail has read events of a partition up to `offset` (exclusive), the last one written at `timestampMs`. */
  readonly logReached: (partition: number, offset: number, timestampMs: number) => void;
  /**
   * @param tenantId whose command it is; absent: only the partition's backlog counts
   * @throws Refusal 503 OVERLOADED, or 429 QUOTA_EXCEEDED (`command_backlog`) for a tenant that holds more than its
   *   share of the partition's backlog, both with Retry-After
   */
  readonly admit: (partition: number, tenantId?: string) => void;
  readonly lagMs: (partition: number) => number;
};

type Mark = { readonly offset: number; readonly timestampMs: number };

const SHORTEST_RETRY_S = 1;
const LONGEST_RETRY_S = 10;

/**
 * A tenant may have so many times as many commands waiting as there are places left: alone it fills four fifths, two
 * fill four ninths each, and one that has little waiting always finds a place.
 */
const SHARE_OF_FREE = 4;

/** About as long as read models have lagged they will go on to: also where another process takes them over. */
const retryAfterLag = (lagMs: number): number =>
  Math.min(LONGEST_RETRY_S, Math.max(SHORTEST_RETRY_S, Math.ceil(lagMs / 1000)));

export function makeOverloadGuard(options: {
  readonly maxLagMs: number;
  /** Commands of a partition that may wait for their decision. */
  readonly maxPendingCommands: number;
  /** Commands of a partition that do. */
  readonly undecided: (partition: number) => number;
  /** Those of one tenant. */
  readonly undecidedOf: (partition: number, tenantId: string) => number;
  readonly now: () => number;
  /** The read models have everything of a partition below this offset. */
  readonly projected: (partition: number) => number;
}): OverloadGuard {
  /** Per partition: what the log has and the read models lack, oldest first. */
  const unprojected = new Map<number, Mark[]>();

  const pending = (partition: number): Mark[] => {
    const marks = unprojected.get(partition) ?? [];
    const done = options.projected(partition);
    const next = marks.findIndex((mark) => mark.offset > done);
    marks.splice(0, next === -1 ? marks.length : next);
    return marks;
  };
  const lagMs = (partition: number): number => {
    const oldest = pending(partition)[0];
    return oldest === undefined ? 0 : Math.max(0, options.now() - oldest.timestampMs);
  };
  return {
    logReached: (partition, offset, timestampMs) => {
      unprojected.set(partition, [...pending(partition), { offset, timestampMs }]);
    },
    admit: (partition, tenantId) => {
      const free = options.maxPendingCommands - options.undecided(partition);
      const own = tenantId === undefined ? 0 : options.undecidedOf(partition, tenantId);
      if (own > 0 && own >= SHARE_OF_FREE * free) {
        const quota = { limit: Math.max(0, SHARE_OF_FREE * free), usage: own };
        throw refusal('QUOTA_EXCEEDED', { dimension: 'command_backlog', retryAfterSeconds: SHORTEST_RETRY_S, quota });
      }
      if (free <= 0) {
        throw refusal('OVERLOADED', { retryAfterSeconds: SHORTEST_RETRY_S });
      }
      const lag = lagMs(partition);
      if (lag > options.maxLagMs) throw refusal('OVERLOADED', { retryAfterSeconds: retryAfterLag(lag) });
    },
    lagMs,
  };
}
