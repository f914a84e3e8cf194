import { runTool } from '@flowplane/stack';
import { membersOf, processTable, readProc, type ProcessGroups } from './process-table.js';

/** Groups of processes that have one core for themselves, while all others that are named have another. */
export type Pinning = { readonly apart: ProcessGroups; readonly others: ProcessGroups };

/** Gives every process back to all cores. */
export type Unpin = () => Promise<void>;

/** Processes that were started meanwhile run where their parents do, until the next look. */
const LOOK_EVERY_MS = 1000;

/**
 * Pins processes to cores, those in `apart` to the first of this process's cores and all `others` to the second, and looks
 * once a second for new ones. A process that is in both is apart.
 *
 * @throws Error where there are no two cores, or no `taskset`
 */
export async function pin({ apart, others }: Pinning): Promise<Unpin> {
  const cores = coresIn(readProc('/proc/self/status'));
  const [first, second] = cores;
  if (first === undefined || second === undefined) throw new Error('two cores are needed to keep the engine apart');
  const seen = new Map<number, number>();
  const look = async (): Promise<void> => {
    const table = processTable();
    const pidsOf = (groups: ProcessGroups): Set<number> =>
      new Set(Object.values(groups).flatMap((group) => membersOf(table, group).map(({ pid }) => pid)));
    const engine = pidsOf(apart);
    const moves = [...pidsOf(others), ...engine].map((pid) => [pid, engine.has(pid) ? first : second] as const);
    for (const [pid, core] of moves) {
      if (seen.get(pid) === core) continue;
      seen.set(pid, core);
      await place(pid, String(core));
    }
  };
  const giveBack = async (): Promise<void> => {
    const faults: unknown[] = [];
    for (const pid of seen.keys()) await place(pid, cores.join(',')).catch((fault: unknown) => faults.push(fault));
    if (faults.length > 0) throw new AggregateError(faults, 'some processes could not be given back to all cores');
  };
  try {
    await look();
  } catch (thrown) {
    await giveBack().catch(() => undefined); // the first fault says more
    throw thrown;
  }
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look);
    looking.catch(() => undefined); // who unpins gets the fault
  }, LOOK_EVERY_MS);
  return async () => {
    clearInterval(timer);
    try {
      await looking;
    } finally {
      await giveBack();
    }
  };
}

/** All threads of a process; one that has ended is left. */
async function place(pid: number, cores: string): Promise<void> {
  try {
    await runTool({ command: 'taskset', args: ['-acp', cores, String(pid)] });
  } catch (thrown) {
    if (readProc(`/proc/${pid}/stat`) !== '') throw thrown;
  }
}

/** The cores that a process may use, by its status in /proc. */
export function coresIn(status: string): readonly number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [from = NaN, to = from] = range.split('-').map((text) => Number.parseInt(text, 10));
    return Number.isNaN(from) ? [] : Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
