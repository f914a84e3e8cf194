import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineBaseline } from '../baseline/engine-baseline.js';
import { completedPerSecond } from '../load/completed.js';
import { countedBetween, readCounters, type Counters, type CounterSources } from '../measure/counters.js';
import { fixedWorkMs } from '../measure/machine-speed.js';
import { cpuBetween, readCpu, type CpuReading } from '../measure/process-cpu.js';
import type { ProcessGroups } from '../measure/process-table.js';
import { coresOf } from '../report/shares.js';
import type { RowContext } from './row.js';
import type { RunSide } from './run-sides.js';

/** The group of the bench itself, which starts the runs and waits for them. */
export const LOAD = 'load';
const SETTLE_MS = 1000;
const HISTORY_SAMPLES = 10;

/**
 * One side of one repetition. CPU in seconds per run, by group, beyond what the group takes when nothing runs; `worker`
 * is the process that runs the activities. Counters are per run, with what is counted when nothing runs.
 */
export type Side = {
  readonly runsPerSecond: number;
  readonly historyEvents: number;
  readonly cpuPerRun: CpuReading;
  readonly idleCores: CpuReading;
  readonly cores: CpuReading;
  readonly countersPerRun: Counters;
  /** Counted in a second in which nothing runs. */
  readonly idleCounters: Counters;
  /** How long the same work took just before and after, on average: how fast the machine was. */
  readonly fixedWorkMs: number;
};

export type MeasuredSide = Side & { readonly firstId: string };

/** How many runs, and how long is looked at what is taken when nothing runs. */
type Measure = { readonly warmUp: number; readonly count: number; readonly idleMs: number };
const FULL: Measure = { warmUp: 200, count: 1000, idleMs: 10_000 };
const QUICK: Measure = { warmUp: 2, count: 5, idleMs: 1000 };

/** Counters are read outside of what is measured: reading them takes seconds of CPU. */
export async function measureSide(context: RowContext, baseline: EngineBaseline, side: RunSide): Promise<MeasuredSide> {
  const { warmUp, count, idleMs } = context.isQuick ? QUICK : FULL;
  const { progress } = context;
  await progress.step(`${side.name}, warm-up`, side.expectedSeconds / 4, () => side.complete(warmUp));
  const groups: ProcessGroups = {
    ...context.system.cpuGroups(),
    ...side.groups,
    [LOAD]: { pid: process.pid, isAlone: true },
  };
  const sources = sourcesOf(context, groups);
  await sleep(SETTLE_MS);
  const idleFrom = await readAll(sources);
  await sleep(idleMs);
  const idleTo = { cpu: readCpu(groups), atMs: performance.now() };
  const idleCounters = countedBetween(idleFrom.counters, await readCounters(sources, 'after'));
  const idleSeconds = (idleTo.atMs - idleFrom.atMs) / 1000;
  const idleCores = coresOf(cpuBetween(idleFrom.cpu, idleTo.cpu), idleSeconds);

  const fixedBefore = fixedWorkMs();
  const before = await readAll(sources);
  const completed = await progress.step(side.name, side.expectedSeconds, () => side.complete(count));
  await sleep(SETTLE_MS); // what a run leaves to be done after its end belongs to it
  const after = { cpu: readCpu(groups), atMs: performance.now() };
  const counters = await readCounters(sources, 'after');
  const fixedAfter = fixedWorkMs();

  const used = cpuBetween(before.cpu, after.cpu);
  const seconds = (after.atMs - before.atMs) / 1000;
  // What a group takes when nothing runs is not the runs'; else the slower side would look the more costly for it.
  const perRun = (name: string, cpu: number): number => Math.max(0, cpu - (idleCores[name] ?? 0) * seconds) / count;
  const histories = await Promise.all(completed.ids.slice(0, HISTORY_SAMPLES).map((id) => baseline.historyEvents(id)));
  return {
    firstId: completed.ids[0] ?? '',
    runsPerSecond: completedPerSecond(completed),
    historyEvents: histories.reduce((sum, events) => sum + events, 0) / histories.length,
    cpuPerRun: Object.fromEntries(Object.entries(used).map(([name, cpu]) => [name, perRun(name, cpu)])),
    idleCores,
    cores: coresOf(used, seconds),
    countersPerRun: withoutLooks(countedBetween(before.counters, counters, count), completed.looks / count),
    idleCounters,
    fixedWorkMs: (fixedBefore + fixedAfter) / 2,
  };
}

const sourcesOf = ({ system }: RowContext, groups: ProcessGroups): CounterSources => ({
  dbUrl: system.endpoints.dbUrl,
  kafkaPid: groups['kafka']?.pid ?? null,
  engineMetricsUrl: system.engineMetricsUrl,
  groups,
});

async function readAll(sources: CounterSources) {
  const counters = await readCounters(sources, 'before');
  return { counters, cpu: readCpu(sources.groups), atMs: performance.now() };
}

/** The bench's own looks at the read model are no work of a run. */
function withoutLooks(perRun: Counters, looks: number): Counters {
  const { transactions } = perRun;
  if (transactions === null) return perRun;
  return { ...perRun, transactions: { ...transactions, others: Math.max(0, (transactions['others'] ?? 0) - looks) } };
}
