import type { Event } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Pool } from '@flowplane/plumbing/postgres';
import type { Metrics } from '@flowplane/plumbing/telemetry';
import type { ProjectionRun } from './runner/run-projection.js';
import type { Placed } from './runner/source.js';

/** Counts what a committed batch of events held. */
export function makeRunCounters(metrics: Metrics): (batch: readonly Placed<Event>[]) => void {
  const started = metrics.counter({
    name: 'flows_executions_started_total',
    help: 'Runs accepted, by trigger.',
    labels: ['trigger'],
  });
  const closed = metrics.counter({
    name: 'flows_executions_closed_total',
    help: 'Runs closed, by status.',
    labels: ['status'],
  });
  return (batch) => {
    for (const { message } of batch) {
      if (message.type === 'ExecutionRequested') started.inc({ trigger: message.data.triggerType });
      if (message.type === 'ExecutionClosed') closed.inc({ status: message.data.status });
    }
  };
}

/** Gauges that are read when somebody asks. */
export function observeProjections(
  metrics: Metrics,
  runs: readonly Pick<ProjectionRun, 'name' | 'lagSeconds'>[],
  pool: Pool,
  logger: Logger,
): void {
  const lag = metrics.gauge({
    name: 'flows_projection_lag_seconds',
    help: 'Age of what the read models lack.',
    labels: ['projection'],
  });
  Object.assign(lag, {
    collect: () => {
      for (const run of runs) lag.set({ projection: run.name }, run.lagSeconds());
    },
  });
  const running = metrics.gauge({ name: 'flows_running', help: 'Runs that the engine has and that are not over.' });
  const pending = metrics.gauge({ name: 'flows_pending', help: 'Runs accepted that the engine does not have yet.' });
  for (const [gauge, status] of [
    [running, 'Running'],
    [pending, 'Pending'],
  ] as const) {
    Object.assign(gauge, {
      collect: async () => {
        try {
          gauge.set(await countOpen(pool, status));
        } catch (cause) {
          logger.warn({ err: cause, status }, 'open runs cannot be counted');
        }
      },
    });
  }
}

async function countOpen(pool: Pool, status: string): Promise<number> {
  const sql = 'SELECT count(*)::int AS open FROM executions WHERE closed_at IS NULL AND status = $1';
  const { rows } = await pool.query<{ open: number }>(sql, [status]);
  return rows[0]?.open ?? 0;
}
