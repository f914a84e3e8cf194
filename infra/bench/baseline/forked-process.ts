import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A hand-written process. */
export type ForkedProcess = {
  readonly pid: number;
  /** What it said when it was ready. */
  readonly ready: unknown;
  /** Closes its channel, which asks it to end, and waits until it has. */
  readonly close: () => Promise<void>;
};

/**
 * Starts a compiled file as a process and resolves with its first message.
 *
 * @param entry url of the file
 * @throws Error with what it wrote when it ends before
 */
export async function forkProcess(entry: URL, args: readonly string[]): Promise<ForkedProcess> {
  const child = fork(fileURLToPath(entry), [...args], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const ended = once(child, 'exit');
  const first = await Promise.race([once(child, 'message'), ended.then(() => undefined)]);
  if (first === undefined || child.pid === undefined) throw new Error(`a hand-written process ended:\n${output}`);
  return {
    pid: child.pid,
    ready: first[0],
    close: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** Ends this process, which was forked, when `work` has ended. */
export function runForked(work: () => Promise<void>): void {
  work().then(
    () => process.exit(0),
    (thrown: unknown) => {
      console.error(thrown);
      process.exit(1);
    },
  );
}
