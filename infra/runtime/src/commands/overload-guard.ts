import { refusal } from '@flowplane/plumbing/http';
import { makeUnprojectedEvents, type UnprojectedEvents } from './unprojected-events.js';

/** Refuses commands before anything is appended when those behind could not follow (flows-api 3.7). */
export type OverloadGuard = {
  /**
   * The tail has read events of a partition up to `offset` (exclusive), the last one written at `timestampMs`, so many
   * of each tenant.
   */
  readonly logReached: UnprojectedEvents['add'];
  /**
   * @param tenantId whose command it is; absent: only the partition's backlog counts
   * @throws Refusal 503 OVERLOADED, or 429 QUOTA_EXCEEDED (`command_backlog`) for a tenant that holds more than its
   *   share of the partition's backlog or of what the read models lack, both with Retry-After
   */
  readonly admit: (partition: number, tenantId?: string) => void;
  readonly lagMs: (partition: number) => number;
};

const SHORTEST_RETRY_S = 1;
const LONGEST_RETRY_S = 10;

/**
 * A tenant may have so many times as many commands waiting as there are places left: alone it fills four fifths, two
 * fill four ninths each, and one that has little waiting always finds a place.
 */
const SHARE_OF_FREE = 4;

/** While read models lag, those who are not the cause are served until the lag is so many times what is allowed. */
const LONGEST_LAG_FACTOR = 5;

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
  const unprojected = makeUnprojectedEvents(options.projected);
  const lagMs = (partition: number): number => {
    const oldest = unprojected.oldest(partition);
    return oldest === null ? 0 : Math.max(0, options.now() - oldest);
  };
  /** A tenant with fewer events than the others have on average is not why the read models lag. */
  const admitInLag = (lag: number, tenantId: string | undefined): void => {
    const retryAfterSeconds = retryAfterLag(lag);
    if (tenantId === undefined) throw refusal('OVERLOADED', { retryAfterSeconds });
    const { own, all, tenants } = unprojected.share(tenantId);
    if (own * tenants > all) {
      const quota = { limit: Math.floor(all / tenants), usage: own };
      throw refusal('QUOTA_EXCEEDED', { dimension: 'command_backlog', retryAfterSeconds, quota });
    }
    const isCause = own * tenants === all;
    if (isCause || lag > LONGEST_LAG_FACTOR * options.maxLagMs) throw refusal('OVERLOADED', { retryAfterSeconds });
  };
  return {
    logReached: unprojected.add,
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
      if (lag > options.maxLagMs) admitInLag(lag, tenantId);
    },
    lagMs,
  };
}
