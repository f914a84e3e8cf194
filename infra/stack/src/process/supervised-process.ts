import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { messageOf, StackFault } from '../fault.js';
import { waitUntil } from '../net/wait-until.js';
import type { Report } from '../progress.js';
import type { ProcessRecord } from './pids-file.js';
import { startTimeOf } from './process-identity.js';
import type { ProcessSpec } from './process-spec.js';
import { restartDelayMs, STABLE_AFTER_MS } from './restart-delay.js';
import { stopProcess } from './stop-process.js';

const LOG_LIMIT_BYTES = 50 * 1024 * 1024;
const START_ATTEMPTS = 5;

/** One process that is kept running from `start` to `stop`. */
export interface SupervisedProcess {
  /** Starts it and resolves once it is ready; when it does not become ready, stops it and rejects with its log's end. */
  start(): Promise<void>;
  /** Ends it in order (SIGKILL after its deadline) for good. Resolves when it is gone. */
  stop(): Promise<void>;
  /** Null while it is not running (between an end and the restart). */
  record(): ProcessRecord | null;
  isReady(): Promise<boolean>;
}

/** Keeps `spec` running, its output in `log`; calls `changed` whenever `record()` says something new. */
export function superviseProcess(
  spec: ProcessSpec,
  options: { readonly log: string; readonly changed: () => void; readonly report: Report },
): SupervisedProcess {
  let record: ProcessRecord | null = null;
  let exited: Promise<void> = Promise.resolve();
  let failures = 0;
  let isStopping = false;
  let restartTimer: NodeJS.Timeout | null = null;

  const launch = (): void => {
    const { child, ended } = spawnLogged(spec, options.log);
    const startedAtMs = Date.now();
    record = recordOf(spec, child, startedAtMs);
    exited = ended.then((how) => {
      record = null;
      failures = Date.now() - startedAtMs >= STABLE_AFTER_MS ? 1 : failures + 1;
      if (!isStopping) {
        const delayMs = restartDelayMs(failures);
        options.report(`  ! ${spec.name} ended (${how}): starting it again in ${delayMs} ms`);
        restartTimer = setTimeout(launch, delayMs);
      }
      options.changed();
    });
    options.changed();
  };

  const isReady = async (): Promise<boolean> => record !== null && (await spec.isReady());

  const stop = async (): Promise<void> => {
    isStopping = true;
    if (restartTimer !== null) clearTimeout(restartTimer);
    if (record !== null) {
      const wasKilled = await stopProcess(record, spec.stopSignal, spec.stopTimeoutMs);
      if (wasKilled)
        options.report(`  ! ${spec.name} was killed: it did not end within ${spec.stopTimeoutMs / 1_000} s`);
    }
    await exited;
  };

  return {
    async start() {
      const isUp = (): Promise<boolean> => {
        if (isStopping) throw new Error(`${spec.name} was stopped while it started`);
        if (failures >= START_ATTEMPTS) throw new Error(`${spec.name} ended ${failures} times in a row`);
        return isReady();
      };
      try {
        launch();
        await waitUntil(spec.name, isUp, { timeoutMs: spec.readyTimeoutMs, everyMs: 50 });
      } catch (thrown) {
        await stop();
        throw new StackFault(`${messageOf(thrown)}. The end of its log (${options.log}):\n${tailOf(options.log)}`);
      }
    },
    stop,
    record: () => record,
    isReady,
  };
}

function spawnLogged(spec: ProcessSpec, log: string): { child: ChildProcess; ended: Promise<string> } {
  if (existsSync(log) && statSync(log).size > LOG_LIMIT_BYTES) truncateSync(log);
  const output = openSync(log, 'a');
  // A session leader with a file as output: neither Ctrl-C at the terminal nor our own death reaches it.
  const child = spawn(spec.command, [...spec.args], {
    env: spec.env,
    stdio: ['ignore', output, output],
    detached: true,
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    ...(spec.uid === undefined ? {} : { uid: spec.uid }),
    ...(spec.gid === undefined ? {} : { gid: spec.gid }),
  });
  closeSync(output);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (fault) => resolve(fault.message)); // it was never started
    child.once('exit', (code, signal) => resolve(signal ?? `status ${code}`));
  });
  return { child, ended };
}

function recordOf(spec: ProcessSpec, child: ChildProcess, startedAtMs: number): ProcessRecord | null {
  if (child.pid === undefined) return null;
  return {
    name: spec.name,
    pid: child.pid,
    port: spec.port,
    startedAt: new Date(startedAtMs).toISOString(),
    startTime: startTimeOf(child.pid) ?? '',
    stopTimeoutMs: spec.stopTimeoutMs,
  };
}

function tailOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-25).join('\n') : '(no log)';
}
