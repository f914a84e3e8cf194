import { readFileSync, readlinkSync } from 'node:fs';

/** Clock ticks of /proc are hundredths of a second on every Linux. */
const TICK_MS = 10;

/** The calling thread's id as the kernel knows it; undefined where there is no /proc. */
export function ownThreadId(): string | undefined {
  try {
    return readlinkSync('/proc/thread-self').split('/').at(-1);
  } catch {
    return undefined;
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

/** Time since this call: of the thread's CPU where it can be known, and of the clock. */
export function startStopwatch(threadId: string | undefined): () => { readonly cpuMs: number; readonly wallMs: number } {
  const cpuAtStart = threadCpuMs(threadId);
  const startedAt = performance.now();
  return () => {
    const wallMs = performance.now() - startedAt;
    const cpuNow = threadCpuMs(threadId);
    const cpuMs = cpuAtStart === undefined || cpuNow === undefined ? wallMs : cpuNow - cpuAtStart;
    return { cpuMs, wallMs };
  };
}
