import { waitUntil, type IsolatedServices } from '@flowplane/stack';
import { openLagMeter, type LagMeter } from '../load/lag-meter.js';
import { totalOf, type LogAccess } from '../load/log-access.js';
import { cpuBetween, readCpu, type CpuReading } from '../measure/process-cpu.js';
import { coresOf } from '../report/shares.js';
import type { BenchSystem } from '../system/bench-system.js';

const CAUGHT_UP_TIMEOUT_MS = 120_000;

export async function withMeter<T>(
  services: IsolatedServices,
  log: LogAccess,
  work: (meter: LagMeter) => Promise<T>,
): Promise<T> {
  const meter = await openLagMeter(log, services.env['FLOWS_DB_URL'] ?? '');
  try {
    return await work(meter);
  } finally {
    await meter.close();
  }
}

/** Runs `work` and tells how busy everything was meanwhile. */
export async function withCores(
  system: BenchSystem,
  services: IsolatedServices,
  names: readonly ('projection-service' | 'command-service')[],
  work: () => Promise<unknown>,
): Promise<{ readonly cores: CpuReading; readonly seconds: number }> {
  const ours = Object.fromEntries(names.map((name) => [name, { pid: services.pid(name) }]));
  const groups = { ...system.cpuGroups(), ...ours, bench: { pid: process.pid, isAlone: true as const } };
  const before = readCpu(groups);
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  return { cores: coresOf(cpuBetween(before, readCpu(groups)), seconds), seconds };
}

export /** Waits until nothing that is in the log is missing in the read models. */
async function caughtUp(meter: LagMeter, log: LogAccess): Promise<void> {
  let before = -1;
  await waitUntil(
    'the read models',
    async () => {
      const end = totalOf(await log.ends('events'));
      const isStill = end === before && meter.waiting() === 0;
      before = end;
      return isStill;
    },
    { timeoutMs: CAUGHT_UP_TIMEOUT_MS, everyMs: 250 },
  );
}
