import { readdirSync, readFileSync } from 'node:fs';

/** One process as /proc tells it. CPU times in ticks; `childrenTicks` are those of children that ended. */
export type ProcessTimes = {
  readonly pid: number;
  readonly parentPid: number;
  readonly ownTicks: number;
  readonly childrenTicks: number;
};

/** What belongs to a group: a process with all below it or without, or those below one, chosen by command line. */
export type ProcessGroup =
  | { readonly pid: number }
  | { readonly pid: number; readonly isAlone: true }
  | { readonly pid: number; readonly matching: (commandLine: string) => boolean };

export type ProcessGroups = Readonly<Record<string, ProcessGroup>>;

/** The living processes of a group. */
export function membersOf(table: readonly ProcessTimes[], group: ProcessGroup): readonly ProcessTimes[] {
  if ('matching' in group) return below(table, group.pid).filter(({ pid }) => group.matching(commandLine(pid)));
  const root = table.filter(({ pid }) => pid === group.pid);
  return 'isAlone' in group ? root : [...root, ...below(table, group.pid)];
}

function below(table: readonly ProcessTimes[], root: number): ProcessTimes[] {
  const children = table.filter(({ parentPid }) => parentPid === root);
  return children.flatMap((child) => [child, ...below(table, child.pid)]);
}

/** Every process of this machine. */
export function processTable(): ProcessTimes[] {
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

/** A file of /proc; empty once its process has ended. */
export function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
