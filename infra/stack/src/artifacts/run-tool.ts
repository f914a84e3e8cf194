import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';

export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  readonly input?: string;
  /** Gives way to everything else that runs. */
  readonly isPatient?: boolean;
}

const OUTPUT_TAIL_CHARS = 4_000;

/**
 * Runs a program to its end and resolves with its output (both streams, the last 4,000 characters).
 * Rejects when it cannot be started or ends with another status than 0, with that output in the message.
 */
export function runTool(run: ToolRun): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(run.command, [...run.args], {
      env: run.env ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
      ...(run.uid === undefined ? {} : { uid: run.uid }),
      ...(run.gid === undefined ? {} : { gid: run.gid }),
    });
    if (run.isPatient === true && child.pid !== undefined)
      setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_TAIL_CHARS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.stdin.on('error', () => undefined); // a program that ends early closes its input; its status tells the rest
    child.stdin.end(run.input ?? '');
    const kill = (): void => void child.kill();
    process.once('exit', kill); // a stop of the launcher does not wait for a build
    child.once('error', reject);
    child.once('close', (code, signal) => {
      process.off('exit', kill);
      if (code === 0) resolve(output);
      else reject(new Error(`${run.command} ${run.args.join(' ')} ended with ${signal ?? code}:\n${output}`));
    });
  });
}
