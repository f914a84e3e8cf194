import { readdirSync } from 'node:fs';
import { membersOf, processTable, readProc, type ProcessGroups } from './process-table.js';

/** Context switches so far of the threads that live, by group: each is a thread that was woken or had to give way. */
export function readContextSwitches(groups: ProcessGroups): Readonly<Record<string, number>> {
  const table = processTable();
  const switches = Object.entries(groups).map(
    ([name, group]) => [name, membersOf(table, group).reduce((sum, { pid }) => sum + switchesOf(pid), 0)] as const,
  );
  return Object.fromEntries(switches);
}

function switchesOf(pid: number): number {
  return threadsOf(pid).reduce((sum, thread) => sum + parseSwitches(readProc(`/proc/${pid}/task/${thread}/status`)), 0);
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // it has ended
  }
}

/** Voluntary and other switches together; 0 for what is no status of a thread (it has ended). */
export function parseSwitches(status: string): number {
  const counts = [...status.matchAll(/^(?:non)?voluntary_ctxt_switches:\s*(\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
