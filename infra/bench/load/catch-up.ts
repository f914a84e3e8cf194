import { makePool } from '@flowplane/plumbing/postgres';
import type { IsolatedServices } from '@flowplane/stack';
import { cpuBetween, readCpu, type CpuReading } from '../measure/process-cpu.js';
import type { Progress } from '../report/progress.js';
import { coresOf } from '../report/shares.js';
import type { BenchSystem } from '../system/bench-system.js';
import { appendMany, openLog, totalOf } from './log-access.js';
import { followProjection, followPublisher, type ProjectionMark } from './projection-progress.js';
import type { RecordedLog } from './recorded-log.js';

export type CatchUp<T> = {
  readonly eventsPerSecond: number;
  /** Until the audit topic has its records as well, which the publisher makes in the same process. */
  readonly withAuditPerSecond: number;
  readonly cores: CpuReading;
  readonly whenDone: T;
};

/**
 * Fills fresh topics with a recorded log, then starts a fresh projection and measures from its first commit to its
 * last. `whenDone` runs while its tables still stand and the projection is stopped.
 */
export async function measureCatchUp<T>(
  system: BenchSystem,
  progress: Progress,
  recorded: RecordedLog,
  whenDone: (services: IsolatedServices) => Promise<T>,
): Promise<CatchUp<T>> {
  const services = await system.startServices({ only: [] });
  const log = await openLog(services.env);
  const pool = makePool(services.env['FLOWS_DB_URL'] ?? '', { max: 1, applicationName: 'bench' });
  const statePool = makePool(services.env['FLOWS_STATE_DB_URL'] ?? '', { max: 1, applicationName: 'bench' });
  try {
    await log.ensure();
    const producer = log.producer('events');
    await progress.step('replaying the log into fresh topics', 10, () => appendMany(producer, recorded.records));
    await producer.close();
    const ends = totalOf(await log.ends('events'));
    const measured = await progress.step('projecting it', 20, async () => {
      const startedAt = performance.now();
      const starting = services.start('projection-service');
      const first = await followProjection(pool, (projected) => projected > 0);
      const groups = { ...system.cpuGroups(), projection: { pid: services.pid('projection-service') } };
      const before = readCpu(groups);
      const last = await followProjection(pool, (projected) => projected >= ends);
      const seconds = (last.atMs - first.atMs) / 1000;
      const cores = coresOf(cpuBetween(before, readCpu(groups)), seconds);
      await starting;
      const published = await followPublisher(statePool, (records) => records >= ends);
      // A log so short that one commit took it all (a smoke run) is measured from the start of the process.
      const isOneCommit = last.projected === first.projected;
      const from = isOneCommit ? { projected: 0, atMs: startedAt } : first;
      const until = (end: ProjectionMark): number => (end.projected - from.projected) / ((end.atMs - from.atMs) / 1000);
      // The publisher yields to the read models and is done after them.
      return { eventsPerSecond: until(last), withAuditPerSecond: until(published), cores };
    });
    await services.stop('projection-service');
    return { ...measured, whenDone: await whenDone(services) };
  } finally {
    await pool.end();
    await statePool.end();
    await log.close();
    await services.close();
  }
}
