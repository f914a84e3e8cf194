import { readFileSync, readlinkSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/** Clock ticks of /proc are hundredths of a second on every Linux. */
const TICK_MS = 10;
/** A request whose CPU time counts ends after this many times its bound by the clock, however busy the machine is. */
const MAX_STARVATION = 10;

/** The calling thread's id as the kernel knows it; undefined where there is no /proc. */
export function ownThreadId(): string | undefined {
  try {
    return readlinkSync('/proc/thread-self').split('/').at(-1);
  } catch {
    return undefined;
  }
}

/** How much nicer than its process a thread is that computes what tenants wrote: about a third of the CPU where all want it. */
const NICER_BY = 5;

/**
 * Has the machine prefer event loops, workflows and servers to this thread, however long it computes. Only Linux has a
 * priority of each thread; elsewhere nothing changes.
 */
export function lowerPriority(threadId: string | undefined): void {
  if (threadId === undefined) return;
  try {
    setPriority(Number(threadId), Math.min(getPriority() + NICER_BY, constants.priority.PRIORITY_LOW));
  } catch {
    // The thread has ended.
  }
}

/** CPU time a thread of this process has used, in ms; undefined when it cannot be known. */
function threadCpuMs(threadId: string | undefined): number | undefined {
  if (threadId === undefined) return undefined;
  try {
    const stat = readFileSync(`/proc/self/task/${threadId}/stat`, 'utf8');
    // The name in brackets may hold blanks; utime and stime are the 12th and 13th field behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return undefined;
  }
}

/**
 * Tells the CPU time that the calling thread has used, in ms; undefined when it cannot be known.
 *
 * @param isTold whether Node tells it, which it does from 23.9 on; else the kernel's count is read, in hundredths of a second
 */
export function threadCpuClock(isTold = 'threadCpuUsage' in process): (() => number) | undefined {
  if (isTold) {
    return () => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1000;
    };
  }
  const threadId = ownThreadId();
  return threadCpuMs(threadId) === undefined ? undefined : () => threadCpuMs(threadId) ?? 0;
}

/**
 * The time that a thread has for a request which it begins now.
 *
 * @returns tells how long to wait before the next look, in ms; 0 or less: the time is over
 */
export function startRequestClock(
  { timeoutMs, clock }: { readonly timeoutMs: number; readonly clock: 'wall' | 'cpu' },
  threadId: string | undefined,
): () => number {
  const startedAt = performance.now();
  const cpuAtStart = clock === 'cpu' ? threadCpuMs(threadId) : undefined;
  return () => {
    const wallMs = performance.now() - startedAt;
    const cpuNow = clock === 'cpu' ? threadCpuMs(threadId) : undefined;
    if (cpuAtStart === undefined || cpuNow === undefined) return timeoutMs - wallMs;
    const leftMs = Math.min(timeoutMs - (cpuNow - cpuAtStart), timeoutMs * MAX_STARVATION - wallMs);
    return leftMs > 0 ? Math.max(TICK_MS, leftMs) : 0;
  };
}
