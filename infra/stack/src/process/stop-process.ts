import { waitUntil } from '../net/wait-until.js';
import { isSameProcess } from './process-identity.js';

/**
 * Ends one process that may not be our child: `signal`, then SIGKILL after `timeoutMs`. Checks by pid and start time
 * before each signal, so that a pid that was given to someone else is left alone. True when SIGKILL was needed.
 */
export async function stopProcess(
  target: { readonly pid: number; readonly startTime: string },
  signal: NodeJS.Signals,
  timeoutMs: number,
): Promise<boolean> {
  const gone = (): Promise<boolean> => Promise.resolve(!isSameProcess(target.pid, target.startTime));
  if (await gone()) return false;
  send(target.pid, signal);
  // A stopped (SIGSTOP) process acts on no signal but SIGKILL until it is continued.
  if (signal !== 'SIGKILL') send(target.pid, 'SIGCONT');
  try {
    await waitUntil('the end of a process', gone, { timeoutMs, everyMs: 25 });
    return false;
  } catch {
    if (!(await gone())) send(target.pid, 'SIGKILL');
    await waitUntil('the end of a killed process', gone, { timeoutMs: 10_000, everyMs: 25 });
    return true;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}
