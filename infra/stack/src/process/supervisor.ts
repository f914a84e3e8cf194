import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '../net/wait-until.js';
import type { Report } from '../progress.js';
import { writePidsFile, type ProcessRecord } from './pids-file.js';
import { startTimeOf } from './process-identity.js';
import type { ProcessSpec } from './process-spec.js';
import { superviseProcess, type SupervisedProcess } from './supervised-process.js';

/** Starts processes, starts them again when they end, and stops them. */
export interface Supervisor {
  /** Starts the process and resolves once it is ready. Rejects (and stops it) when it does not become ready. */
  start(spec: ProcessSpec): Promise<void>;
  /** Ends the process in order (SIGKILL after its deadline) and does not restart it. Resolves when it is gone. */
  stop(name: string): Promise<void>;
  /** From now on nothing is started any more: for a stop in the middle of a start. */
  refuseStarts(): void;
  /** Starts again what was stopped, in the same way; resolves when it is ready. */
  resume(name: string): Promise<void>;
  /** Pid of a running process; throws when it does not run. */
  pid(name: string): number;
  /** Sends a signal and nothing else: a process that dies of it is restarted. Returns the pid; throws when none runs. */
  signal(name: string, signal: NodeJS.Signals): number;
  /** The running processes, in the order they were first started. */
  records(): ProcessRecord[];
  /** Resolves with the new record once `name` runs under another pid than `oldPid` and is ready. */
  restarted(name: string, oldPid: number, timeoutMs: number): Promise<ProcessRecord>;
}

/** A supervisor that writes logs to the folder `logs` and names its processes and itself in `pidsFile`. */
export function makeSupervisor(options: {
  readonly logs: string;
  readonly pidsFile: string;
  readonly report: Report;
}): Supervisor {
  const processes = new Map<string, SupervisedProcess>();
  const specs = new Map<string, ProcessSpec>();
  let refusesStarts = false;
  mkdirSync(options.logs, { recursive: true });

  const records = (): ProcessRecord[] =>
    [...processes.values()].map((one) => one.record()).filter((record) => record !== null);
  const changed = (): void => writePidsFile(options.pidsFile, [launcherRecord(), ...records()]);
  changed(); // from here on the data folder is in use
  const known = (name: string): SupervisedProcess => {
    const found = processes.get(name);
    if (found === undefined) throw new Error(`${name} is not supervised`);
    return found;
  };

  const start = async (spec: ProcessSpec): Promise<void> => {
    if (refusesStarts) throw new Error(`${spec.name} is not started: the stack is being stopped`);
    if (processes.has(spec.name)) throw new Error(`${spec.name} is already supervised`);
    const log = logFile(options.logs, spec.name);
    const supervised = superviseProcess(spec, { log, changed, report: options.report });
    processes.set(spec.name, supervised);
    specs.set(spec.name, spec);
    try {
      await supervised.start();
    } catch (thrown) {
      processes.delete(spec.name);
      changed();
      throw thrown;
    }
  };
  const stop = async (name: string): Promise<void> => {
    await processes.get(name)?.stop();
    processes.delete(name);
    changed();
  };
  const pid = (name: string): number => {
    const record = known(name).record();
    if (record === null) throw new Error(`${name} is not running`);
    return record.pid;
  };

  return {
    start,
    stop,
    pid,
    refuseStarts() {
      refusesStarts = true;
    },
    async resume(name) {
      const spec = specs.get(name);
      if (spec === undefined) throw new Error(`${name} was never started`);
      await start(spec);
    },
    signal(name, signal) {
      const target = pid(name);
      process.kill(target, signal);
      return target;
    },
    records,
    async restarted(name, oldPid, timeoutMs) {
      const supervised = known(name);
      let found: ProcessRecord | null = null;
      const isNew = async (): Promise<boolean> => {
        found = supervised.record();
        return found !== null && found.pid !== oldPid && (await supervised.isReady());
      };
      await waitUntil(`${name} after its restart`, isNew, { timeoutMs, everyMs: 25 });
      if (found === null) throw new Error(`${name} ended again right after its restart`);
      return found;
    },
  };
}

/** The file that holds the output of a process. */
export function logFile(logs: string, name: string): string {
  return join(logs, `${name}.log`);
}

function launcherRecord(): ProcessRecord {
  const startedAt = new Date(Date.now() - process.uptime() * 1_000).toISOString();
  return { name: 'launcher', pid: process.pid, port: null, startedAt, startTime: startTimeOf(process.pid) ?? '' };
}
