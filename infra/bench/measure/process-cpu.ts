import { readdirSync, readFileSync } from 'node:fs';

/** Kernel ticks per second as /proc shows times: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** One process as /proc tells it. CPU times in ticks; `childrenTicks` are those of children that ended. */
type ProcessTimes = {
  readonly pid: number;
  readonly parentPid: number;
  readonly ownTicks: number;
  readonly childrenTicks: number;
};

/** CPU-seconds used so far, by name of a group of processes. */
export type CpuReading = Readonly<Record<string, number>>;

/** What belongs to a group: a process with all below it or without, or those below one, chosen by command line. */
export type CpuGroup =
  | { readonly pid: number }
  | { readonly pid: number; readonly isAlone: true }
  | { readonly pid: number; readonly matching: (commandLine: string) => boolean };

/** Reads CPU-seconds of groups of processes from /proc, user and system time together. */
export function readCpu(groups: Readonly<Record<string, CpuGroup>>): CpuReading {
  const table = processTable();
  const reading: Record<string, number> = {};
  for (const [name, group] of Object.entries(groups)) {
    if ('matching' in group) reading[name] = secondsOfMatching(table, group);
    else if ('isAlone' in group) reading[name] = secondsAlone(table, group.pid);
    else reading[name] = secondsOfTree(table, group.pid);
  }
  return reading;
}

/** CPU-seconds between two readings, by group. */
export function cpuBetween(before: CpuReading, after: CpuReading): CpuReading {
  return Object.fromEntries(Object.entries(after).map(([name, seconds]) => [name, seconds - (before[name] ?? 0)]));
}

/** Total of a process and everything below it, ended children included (their time goes to their parent). */
function secondsOfTree(table: readonly ProcessTimes[], root: number): number {
  const members = [...table.filter(({ pid }) => pid === root), ...below(table, root)];
  return members.reduce((ticks, one) => ticks + one.ownTicks + one.childrenTicks, 0) / TICKS_PER_SECOND;
}

function secondsAlone(table: readonly ProcessTimes[], pid: number): number {
  return (table.find((one) => one.pid === pid)?.ownTicks ?? 0) / TICKS_PER_SECOND;
}

/** Total of the living processes below one whose command line fits; those that ended meanwhile are missed. */
function secondsOfMatching(table: readonly ProcessTimes[], group: CpuGroup & { matching: (line: string) => boolean }) {
  const members = below(table, group.pid).filter(({ pid }) => group.matching(commandLine(pid)));
  return members.reduce((ticks, one) => ticks + one.ownTicks, 0) / TICKS_PER_SECOND;
}

function below(table: readonly ProcessTimes[], root: number): ProcessTimes[] {
  const children = table.filter(({ parentPid }) => parentPid === root);
  return children.flatMap((child) => [child, ...below(table, child.pid)]);
}

function processTable(): ProcessTimes[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.map((pid) => parseStat(readProc(`/proc/${pid}/stat`))).filter((times) => times !== undefined);
}

/** @returns undefined for what is no stat line (the process ended meanwhile) */
export function parseStat(line: string): ProcessTimes | undefined {
  // The second field is the name in brackets, which may hold spaces and brackets itself.
  const end = line.lastIndexOf(')');
  const pid = Number.parseInt(line, 10);
  const fields = line.slice(end + 2).split(' ');
  const number = (index: number): number => Number(fields[index]);
  if (end === -1 || !Number.isInteger(pid) || fields.length < 15) return undefined;
  return { pid, parentPid: number(1), ownTicks: number(11) + number(12), childrenTicks: number(13) + number(14) };
}

function commandLine(pid: number): string {
  return readProc(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
