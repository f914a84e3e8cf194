import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A process under test that nobody starts again: for those that are meant to stop or die at a certain point. */
export type SpawnedService = {
  readonly pid: number;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** How it ended: its exit code or the signal. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Kills it if it still runs, and resolves when it is gone. */
  readonly close: () => Promise<void>;
};

/** @param entry compiled file, relative to the repository; @param log file that gets its output */
export function spawnService(entry: string, env: Readonly<Record<string, string>>, log: string): SpawnedService {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const output = openSync(log, 'a');
  const child = spawn(process.execPath, ['--enable-source-maps', entry], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
  if (child.pid === undefined) throw new Error(`${entry} cannot be started`);
  return {
    pid: child.pid,
    signal: (signal) => void child.kill(signal),
    ended,
    close: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
