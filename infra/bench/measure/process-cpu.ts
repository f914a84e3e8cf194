import { membersOf, processTable, type ProcessGroup, type ProcessGroups, type ProcessTimes } from './process-table.js';

/** Kernel ticks per second as /proc shows times: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** CPU-seconds used so far, by name of a group of processes. */
export type CpuReading = Readonly<Record<string, number>>;

/** Reads CPU-seconds of groups of processes from /proc, user and system time together. */
export function readCpu(groups: ProcessGroups): CpuReading {
  const table = processTable();
  return Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, secondsOf(table, group)]));
}

/** CPU-seconds between two readings, by group. */
export function cpuBetween(before: CpuReading, after: CpuReading): CpuReading {
  return Object.fromEntries(Object.entries(after).map(([name, seconds]) => [name, seconds - (before[name] ?? 0)]));
}

/**
 * Ended children count where a process is taken with all below it (their time goes to their parent); of processes that
 * are chosen by command line those that ended meanwhile are missed.
 */
function secondsOf(table: readonly ProcessTimes[], group: ProcessGroup): number {
  const isTree = !('matching' in group || 'isAlone' in group);
  const ticks = (one: ProcessTimes): number => one.ownTicks + (isTree ? one.childrenTicks : 0);
  return membersOf(table, group).reduce((sum, one) => sum + ticks(one), 0) / TICKS_PER_SECOND;
}
