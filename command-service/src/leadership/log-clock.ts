import type { LogRecord } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';

/** Time of a record as decisions take it, epoch milliseconds. */
export type LogClock = (record: Pick<LogRecord, 'timestamp' | 'partition' | 'offset'>) => number;

export type LogClockOptions = {
  /** This machine's clock, epoch milliseconds. */
  readonly now: () => number;
  readonly onAhead: () => void;
  readonly logger: Pick<Logger, 'error'>;
};

/** A broker's clock may be ahead of ours by so much. */
const MAX_CLOCK_AHEAD_MS = 5 * 60_000;
/** One line for all records of a broker whose clock is wrong. */
const ALERT_INTERVAL_MS = 60_000;

/**
 * Time comes from the log (event-log 9), but not from the future: time in decisions never goes back, so one record of a
 * broker whose clock was a day ahead would stop a tenant's rates and expiries for that day. Such a record counts as of now.
 */
export function makeLogClock({ now, onAhead, logger }: LogClockOptions): LogClock {
  let alertedAt = Number.NEGATIVE_INFINITY;
  return ({ timestamp, partition, offset }) => {
    const here = now();
    const aheadMs = timestamp - here;
    if (aheadMs <= MAX_CLOCK_AHEAD_MS) return timestamp;
    onAhead();
    if (here - alertedAt >= ALERT_INTERVAL_MS) {
      alertedAt = here;
      logger.error(
        { alert: 'clock-ahead', partition, offset, aheadMs },
        'a broker’s clock is ahead: its records count as of now',
      );
    }
    return here;
  };
}
