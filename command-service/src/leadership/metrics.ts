import type { Metrics } from '@flowplane/plumbing/telemetry';

/** What the decider reports. */
export type DeciderMetrics = {
  readonly decided: (commandType: string, outcome: string) => void;
  /** How a term of leadership over a partition began or ended. */
  /** A record whose broker’s clock is ahead of ours. */
  readonly clockAhead: () => void;
  readonly term: (what: 'begun' | 'superseded' | 'failed') => void;
};

export function makeDeciderMetrics(metrics: Metrics, ownedPartitions: () => number): DeciderMetrics {
  const commands = metrics.counter({
    name: 'flows_commands_total',
    help: 'Commands decided and recorded in the log, by type and outcome.',
    labels: ['type', 'outcome'],
  });
  const terms = metrics.counter({
    name: 'flows_decider_reigns_total',
    help: 'Terms of leadership over a partition that began, were superseded or failed.',
    labels: ['what'],
  });
  const ahead = metrics.counter({
    name: 'flows_clock_ahead_records_total',
    help: 'Commands whose time is far ahead of this machine: a broker’s clock is wrong.',
  });
  const partitions = metrics.gauge({
    name: 'flows_decider_partitions',
    help: 'Partitions this process decides.',
  });
  // Set when it is asked for: ownership changes in too many places to be counted along.
  Object.assign(partitions, { collect: () => partitions.set(ownedPartitions()) });
  return {
    decided: (type, outcome) => commands.inc({ type, outcome }),
    clockAhead: () => ahead.inc(),
    term: (what) => terms.inc({ what }),
  };
}
