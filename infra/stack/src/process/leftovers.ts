import type { Report } from '../progress.js';
import { isSameProcess } from './process-identity.js';
import { readPidsFile } from './pids-file.js';
import { stopProcess } from './stop-process.js';

/** Stopped first to last; what is named nowhere here (the services) goes between. */
const FIRST = ['gateway'];
const LAST = ['temporal', 'kafka', 'postgres'];
/** For a process whose record says nothing of it. */
const STOP_TIMEOUT_MS = 15_000;

export type Leftovers =
  | { readonly kind: 'none' }
  /** The launcher named in the file still runs: the data folder is in use. */
  | { readonly kind: 'in-use'; readonly launcherPid: number }
  | { readonly kind: 'stopped'; readonly names: readonly string[] };

/**
 * Stops what a launcher that was killed left running, as its `pids.json` names it. A process is touched only when pid
 * and start time both fit. Does nothing while that launcher lives.
 */
export async function stopLeftovers(pidsFile: string, report: Report): Promise<Leftovers> {
  const alive = readPidsFile(pidsFile).filter((record) => isSameProcess(record.pid, record.startTime));
  const launcher = alive.find((record) => record.name === 'launcher');
  if (launcher !== undefined && launcher.pid !== process.pid) return { kind: 'in-use', launcherPid: launcher.pid };
  const left = alive.filter((record) => record.name !== 'launcher').sort((a, b) => rank(a.name) - rank(b.name));
  if (left.length === 0) return { kind: 'none' };
  report(
    `  ! stopping what an earlier start left running: ${left.map(({ name, pid }) => `${name} (${pid})`).join(', ')}`,
  );
  for (const record of left) {
    const timeoutMs = record.stopTimeoutMs ?? STOP_TIMEOUT_MS;
    await stopProcess(record, record.name === 'postgres' ? 'SIGINT' : 'SIGTERM', timeoutMs);
  }
  return { kind: 'stopped', names: left.map(({ name }) => name) };
}

function rank(name: string): number {
  if (FIRST.includes(name)) return 0;
  return LAST.includes(name) ? 2 + LAST.indexOf(name) : 1;
}
