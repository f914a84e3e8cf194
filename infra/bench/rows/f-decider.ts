import type { Figure } from '../report/figure.js';
import { describeShares } from '../report/shares.js';
import { measureBacklog, type Backlog } from './decider-backlog.js';
import { measureDetection } from './decider-detection.js';
import { measureRecovery, type Recovery } from './decider-recovery.js';
import { repeat, type Row, type RowContext, type RowOutcome } from './row.js';

/** The decider alone: how fast it decides, how fast it comes back. */
export const rowF: Row = {
  id: 'f',
  title: 'decider: one partition with a waiting backlog, recovery of 200,000 events, detection of a killed owner',
  expectedSeconds: 240,
  measure: async (context) => {
    const backlog = await repeat(context, 'backlog', () => measureBacklog(context));
    const recovery = await measureRecovery(context);
    const detection = await measureDetection(context);
    return outcome(context, backlog, recovery, detection);
  },
};

function outcome(
  context: RowContext,
  backlog: readonly Backlog[],
  recovery: readonly Recovery[],
  detectionSeconds: readonly number[],
): RowOutcome {
  const figure = (
    name: string,
    unit: string,
    values: readonly number[],
    is: 'at least' | 'at most',
    value: number,
  ): Figure => ({
    row: 'f',
    name,
    unit,
    aim: { of: 'ours', is, value },
    samples: values.map((ours) => ({ ours, baseline: null })),
  });
  const [first] = backlog;
  const events = recovery[0]?.events ?? 0;
  return {
    figures: [
      figure(
        'commands decided, one partition',
        'commands/s',
        backlog.map((one) => one.perSecond),
        'at least',
        20_000,
      ),
      figure(
        'recovery without snapshot',
        's',
        recovery.map((one) => one.withoutSeconds),
        'at most',
        3,
      ),
      figure(
        'recovery with a snapshot',
        's',
        recovery.map((one) => one.withSeconds),
        'at most',
        1,
      ),
      figure('kill -9 of an owner → the other decides', 's', detectionSeconds, 'at most', 4),
    ],
    bounds:
      first === undefined
        ? []
        : [
            `Throughput is taken from the timestamps in the log, over ${first.commands} commands in the mix of whole runs (start, started, closed).`,
            describeShares('while deciding', first.cores),
            `Recovery runs from the assignment to the first decision, over ${events} events.`,
            'Detection is the session time-out of the group (FLOWS_GROUP_SESSION) and the rejoin; the fold after it is short.',
          ],
    details: { backlog, recovery, detectionSeconds, quick: context.isQuick },
  };
}
