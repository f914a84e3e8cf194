import type { Metrics } from '@flowplane/plumbing/telemetry';
import type { CloseAuditCounters } from './closing/close-audit.js';
import type { CloseCounters } from './closing/close-ports.js';
import type { Closer } from './closing/closer.js';
import type { Engine } from './engine/engine.js';
import type { Drift } from './schedules/reconcile.js';
import type { EngineRequest } from './engine/temporal-engine.js';
import type { EventsIntake } from './intake/events-intake.js';

export type ExecutorCounters = {
  readonly started: (trigger: string) => void;
  readonly closed: (status: string) => void;
  /** A schedule of the engine was put right. */
  readonly repaired: (drift: Drift) => void;
};

/** Counts requests to the engine: a run costs one start and one history, whatever it does. */
export function countEngineRequests(metrics: Metrics): (request: EngineRequest) => void {
  const counter = metrics.counter({
    name: 'flows_engine_requests_total',
    help: 'Requests to the engine.',
    labels: ['request'],
  });
  return (request) => counter.inc({ request });
}

/** What runs were closed from, and what comparing the journal with the history came to. */
export function countCloses(metrics: Metrics): CloseCounters & CloseAuditCounters {
  const closes = metrics.counter({
    name: 'flows_executor_closes_total',
    help: 'Runs that were reported closed, by what that was read from.',
    labels: ['source'],
  });
  const audits = metrics.counter({
    name: 'flows_executor_close_audits_total',
    help: 'Closed runs whose journal was compared with their history.',
    labels: ['outcome'],
  });
  const differences = metrics.counter({
    name: 'flows_executor_close_audit_differences_total',
    help: 'Differences between journal and history of closed runs.',
    labels: ['member'],
  });
  const notWhole = metrics.counter({
    name: 'flows_executor_journal_not_whole_total',
    help: 'Closed runs whose journal alone did not tell how they ended.',
    labels: ['reason'],
  });
  return {
    closedFrom: (source) => closes.inc({ source }),
    audited: (outcome) => audits.inc({ outcome }),
    differs: (member) => differences.inc({ member }),
    notWhole: (reason) => notWhole.inc({ reason }),
  };
}

/** Metrics of the executor (flows-api 15, and what an operator asks of it). No tenant labels. */
export function observeExecutor(
  metrics: Metrics,
  parts: { readonly engine: Engine; readonly closer: Closer; readonly intake: () => EventsIntake },
): ExecutorCounters {
  const started = metrics.counter({
    name: 'flows_engine_runs_started_total',
    help: 'Runs started in the engine.',
    labels: ['trigger'],
  });
  const closed = metrics.counter({
    name: 'flows_engine_runs_closed_total',
    help: 'Runs whose end was sent to their streams.',
    labels: ['status'],
  });
  const repaired = metrics.counter({
    name: 'flows_schedule_repairs_total',
    help: 'Schedules of the engine that were not as the log has them, and were put right.',
    labels: ['drift'],
  });
  const measured = (name: string, help: string, value: () => number): void => {
    const gauge = metrics.gauge({ name, help });
    Object.assign(gauge, { collect: () => gauge.set(value()) });
  };
  measured('flows_engine_reachable', '1 while the engine answers, else 0.', () => (parts.engine.reachable() ? 1 : 0));
  measured('flows_executor_in_hand', 'Events read whose effects are not done.', () => parts.intake().inHand());
  measured('flows_executor_lag_records', 'Events not read yet.', () => parts.intake().lag());
  measured('flows_executor_closing', 'Runs being closed.', () => parts.closer.inHand());
  measured(
    'flows_executor_partitions',
    'Partitions of the events log this process has.',
    () => parts.intake().partitions().length,
  );
  return {
    started: (trigger) => started.inc({ trigger }),
    closed: (status) => closed.inc({ status }),
    repaired: (drift) => repaired.inc({ drift }),
  };
}
