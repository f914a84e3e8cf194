import { waitUntil } from '@flowplane/stack';
import { makeApiClient } from '../load/api-client.js';
import { atRate, inParallel } from '../load/in-parallel.js';
import type { LagMeter } from '../load/lag-meter.js';
import { openLog, totalOf, type LogAccess } from '../load/log-access.js';
import { publishMeasuredFlow } from '../load/published-flow.js';
import { openStartLoad, type Offered, type StartLoad } from '../load/start-load.js';
import type { CpuReading } from '../measure/process-cpu.js';
import { distributionOf, type Distribution } from '../measure/statistics.js';
import { caughtUp, withCores, withMeter } from './lag-measuring.js';
import type { RowContext } from './row.js';

const OVERLOAD = 2;
/** Callers at 200 %; what is offered while all of them wait, waits with them. */
const CONNECTIONS = 256;
const DECIDED_TIMEOUT_MS = 120_000;

export type Overloaded = {
  readonly sustainedPerSecond: number;
  readonly offeredPerSecond: number;
  readonly acceptedPerSecond: number;
  readonly refusedShare: number;
  readonly refusedWithRetryAfter: boolean;
  readonly otherAnswers: Readonly<Record<string, number>>;
  readonly lag: Distribution;
  readonly cores: CpuReading;
};

/** Offers starts over HTTP at twice the rate at which the chain from request to read model can follow. */
export async function measureOverload(context: RowContext): Promise<Overloaded> {
  const { system, progress, isQuick } = context;
  const names = ['projection-service', 'command-service'] as const;
  const services = await system.startServices({ only: names });
  const log = await openLog(services.env);
  const url = services.urls['command-service'];
  const api = makeApiClient(url, { tenantId: 'bench-e' });
  const load = await openStartLoad(url, api.tenantId, await publishMeasuredFlow(api), CONNECTIONS);
  try {
    return await withMeter(services, log, async (meter) => {
      await sustained(load, meter, log, isQuick ? 20 : 1000);
      const sustainedPerSecond = await progress.step('what the chain sustains', 5, () =>
        sustained(load, meter, log, isQuick ? 50 : 5000),
      );
      meter.take();
      const rate = OVERLOAD * sustainedPerSecond;
      let answered: readonly Offered[] = [];
      const { cores, seconds } = await progress.step(`${Math.round(rate)} starts/s offered`, 20, () =>
        withCores(system, services, names, async () => {
          const offer = (count: number) => Array.from({ length: count }, load.offer);
          answered = await atRate(rate, isQuick ? 1000 : 15_000, offer);
        }),
      );
      await caughtUp(meter, log);
      return { sustainedPerSecond, ...countsOf(answered, seconds), lag: distributionOf(meter.take()), cores };
    });
  } finally {
    load.close();
    api.close();
    await log.close();
    await services.close();
  }
}

/** Starts a second that are accepted, decided and projected when as many are under way as there are connections. */
async function sustained(load: StartLoad, meter: LagMeter, log: LogAccess, count: number): Promise<number> {
  const before = totalOf(await log.ends('events'));
  const startedAt = performance.now();
  const answered = await inParallel(count, CONNECTIONS, () => load.offer());
  const accepted = answered.filter(({ code }) => code === 'accepted').length;
  const isDecided = async (): Promise<boolean> => totalOf(await log.ends('events')) >= before + accepted;
  await waitUntil('all decisions', isDecided, { timeoutMs: DECIDED_TIMEOUT_MS, everyMs: 10 });
  await meter.readable(await log.ends('events'));
  return accepted / ((performance.now() - startedAt) / 1000);
}

function countsOf(answered: readonly Offered[], seconds: number) {
  const refused = answered.filter(({ code }) => code === 'OVERLOADED');
  const others = answered.map(({ code }) => code).filter((code) => code !== 'OVERLOADED' && code !== 'accepted');
  const accepted = answered.length - refused.length - others.length;
  return {
    offeredPerSecond: answered.length / seconds,
    acceptedPerSecond: accepted / seconds,
    refusedShare: refused.length / answered.length,
    refusedWithRetryAfter: refused.every(({ hasRetryAfter }) => hasRetryAfter),
    otherAnswers: countBy(others),
  };
}

function countBy(codes: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
