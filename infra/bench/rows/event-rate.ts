import { appendMany } from '../load/log-access.js';
import { cpuBetween, readCpu, type CpuReading } from '../measure/process-cpu.js';
import { coresOf } from '../report/shares.js';
import { acceptStarts } from './accepted-starts.js';
import { eventRecord, type EventSetting } from './event-setting.js';
import { repeat } from './row.js';
import { countRuns, runsReached } from './run-counts.js';

export type EventRate = {
  readonly eventsPerSecond: number;
  readonly acceptedPerSecond: number;
  readonly cores: CpuReading;
};

const GIVE_UP_MS = 300_000;

/** Records → runs accepted and readable, all appended at once with the engine stopped, and starts over HTTP as in row b. */
export async function measureEventRate(setting: EventSetting): Promise<readonly EventRate[]> {
  const { context } = setting;
  const warmUp = context.isQuick ? 5 : 2000;
  await overHttp(setting, warmUp);
  await overTopic(setting, warmUp);
  return repeat(context, 'events without an engine', async () => {
    const accepted = await context.progress.step('starts over HTTP', 5, () =>
      overHttp(setting, context.isQuick ? 20 : 2000),
    );
    const events = await context.progress.step('platform events', 10, () =>
      overTopic(setting, context.isQuick ? 20 : 10_000),
    );
    return { acceptedPerSecond: accepted, ...events };
  });
}

/** @returns accepted starts a second */
async function overHttp(setting: EventSetting, count: number): Promise<number> {
  const { services, api, pool, startPath } = setting;
  const before = await countRuns(pool, api.tenantId);
  const place = { url: services.urls['command-service'], tenantId: api.tenantId, startPath };
  const { seconds } = await acceptStarts(place, count);
  await runsReached(pool, api.tenantId, GIVE_UP_MS, ({ all }) => all - before.all === count);
  return count / seconds;
}

async function overTopic(setting: EventSetting, count: number): Promise<Omit<EventRate, 'acceptedPerSecond'>> {
  const { context, services, api, pool, producer } = setting;
  const names = ['trigger-service', 'command-service', 'projection-service', 'executor'] as const;
  const ours = Object.fromEntries(names.map((name) => [name, { pid: services.pid(name) }]));
  const groups = { ...context.system.cpuGroups(), ...ours, bench: { pid: process.pid, isAlone: true as const } };
  const before = await countRuns(pool, api.tenantId);
  const cpuBefore = readCpu(groups);
  const startedAt = performance.now();
  await appendMany(
    producer,
    (function* () {
      for (let index = 0; index < count; index++) yield eventRecord(index, `{"n":${index}}`);
    })(),
  );
  const endedAt = await runsReached(pool, api.tenantId, GIVE_UP_MS, ({ all }) => all - before.all >= count);
  const seconds = (endedAt - startedAt) / 1000;
  return { eventsPerSecond: count / seconds, cores: coresOf(cpuBetween(cpuBefore, readCpu(groups)), seconds) };
}
