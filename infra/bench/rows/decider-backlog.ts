import { HEADER, unpackLogHeader } from '@flowplane/contracts';
import type { LogRecord } from '@flowplane/plumbing/kafka';
import { waitUntil, type IsolatedServices } from '@flowplane/stack';
import { appendMany, openLog, type LogAccess } from '../load/log-access.js';
import { commandRecord, flowCommands, overlappingRuns, tenantIn } from '../load/run-commands.js';
import { cpuBetween, readCpu, type CpuReading } from '../measure/process-cpu.js';
import { coresOf } from '../report/shares.js';
import type { RowContext } from './row.js';

export type Backlog = { readonly commands: number; readonly perSecond: number; readonly cores: CpuReading };

/** The partition that is filled; the others stay empty. */
export const BUSY_PARTITION = 0;
const RUNS_OPEN = 20;
const DECIDED_TIMEOUT_MS = 180_000;

/** Services whose read models stand and whose decider and projection are stopped. */
export async function openQuietDecider(context: RowContext): Promise<IsolatedServices> {
  const services = await context.system.startServices({ only: ['projection-service', 'command-service'] });
  await services.stop('command-service');
  await services.stop('projection-service');
  return services;
}

/** Has one partition's backlog of at least `commands` waiting. @returns how many there are */
export async function fillBacklog(context: RowContext, log: LogAccess, commands: number): Promise<number> {
  const tenant = tenantIn(BUSY_PARTITION, log.partitions);
  const producer = log.producer('commands');
  const filled = await context.progress.step(`appending ${commands} commands`, 10, () =>
    appendMany(
      producer,
      (function* () {
        for (const command of flowCommands(tenant)) yield commandRecord(tenant, command);
        const runs = Math.ceil(commands / 3);
        for (const command of overlappingRuns(tenant, runs, RUNS_OPEN)) yield commandRecord(tenant, command);
      })(),
    ),
  );
  await producer.close();
  return filled;
}

/** Starts the decider and waits until the busy partition has `decided` more events, markers apart. */
export async function decideAll(
  context: RowContext,
  services: IsolatedServices,
  log: LogAccess,
  decided: number,
): Promise<CpuReading> {
  const before = (await log.ends('events')).get(BUSY_PARTITION) ?? 0;
  return context.progress.step('deciding', 10, async () => {
    const starting = services.start('command-service');
    starting.catch(() => undefined); // awaited below
    const atLeast = (events: number) => async (): Promise<boolean> =>
      ((await log.ends('events')).get(BUSY_PARTITION) ?? 0) - before >= events;
    const wait = { timeoutMs: DECIDED_TIMEOUT_MS, everyMs: 50 };
    await waitUntil('the first decisions', atLeast(2), wait);
    const groups = { ...context.system.cpuGroups(), 'command-service': { pid: services.pid('command-service') } };
    const cpuBefore = readCpu(groups);
    const startedAt = performance.now();
    await waitUntil('all decisions', atLeast(decided + 1), wait);
    const cores = coresOf(cpuBetween(cpuBefore, readCpu(groups)), (performance.now() - startedAt) / 1000);
    await starting;
    return cores;
  });
}

export async function measureBacklog(context: RowContext): Promise<Backlog> {
  const services = await openQuietDecider(context);
  const log = await openLog(services.env);
  try {
    const commands = await fillBacklog(context, log, context.isQuick ? 300 : 120_000);
    const cores = await decideAll(context, services, log, commands);
    const records = await readBusy(log);
    const times = records.filter((record) => !isMarker(record)).map(({ timestamp }) => timestamp);
    const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
    return { commands, perSecond: (times.length - 1) / Math.max(seconds, 0.001), cores };
  } finally {
    await log.close();
    await services.close();
  }
}

/** Everything in the events log of the busy partition. */
export async function readBusy(log: LogAccess): Promise<readonly LogRecord[]> {
  const end = (await log.ends('events')).get(BUSY_PARTITION) ?? 0;
  const read = await log.read('events', new Map(), new Map([[BUSY_PARTITION, end]]));
  return read.get(BUSY_PARTITION) ?? [];
}

export const isMarker = (record: LogRecord): boolean =>
  unpackLogHeader(record.headers[HEADER.log] ?? '')?.commandOffset === -1;
