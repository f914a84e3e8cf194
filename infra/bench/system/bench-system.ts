import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServices, startStack, type InfraEndpoints, type IsolatedServices } from '@flowplane/stack';
import type { ProcessGroup, ProcessGroups } from '../measure/process-table.js';

type InfraName = 'kafka' | 'postgres' | 'temporal';
type ServiceOptions = NonNullable<Parameters<typeof startServices>[0]>;

/** Kafka, PostgreSQL and Temporal to measure on, and our services started upon them. */
export type BenchSystem = {
  readonly endpoints: InfraEndpoints;
  /** Whether the stack is ours alone, or one that was running before. */
  readonly isPrivate: boolean;
  /** CPU groups of the parts that are not ours to write, as far as they run. */
  readonly cpuGroups: () => ProcessGroups;
  /** Base url of the metrics of Temporal; null: it has none. */
  readonly engineMetricsUrl: string | null;
  /** Temporal goes away: a private one is stopped in order, another's is frozen. */
  readonly stopEngine: () => Promise<void>;
  /** Temporal is back and serves. */
  readonly startEngine: () => Promise<void>;
  /** A private set of services upon it, quotas lifted, echo tasks known. Close it before the system. */
  readonly startServices: (options?: Omit<ServiceOptions, 'endpoints'>) => Promise<IsolatedServices>;
  /** Closes what is still open upon it, and a private stack itself. */
  readonly close: () => Promise<void>;
};

/** Benches count runs in the thousands, which no quota may cut short, of tasks that do nothing. */
const BENCH_ENV: Readonly<Record<string, string>> = { FLOWS_QUOTAS: 'off', FLOWS_DEV_ECHO_TASKS: '1' };

/** A private stack on free ports, data in a temporary folder. */
export async function openPrivateSystem(report: (line: string) => void, isCompact: boolean): Promise<BenchSystem> {
  const stack = await startStack({ report, isThrowaway: false, hasTemporalMetrics: true });
  const system = systemOn(stack.endpoints, (name) => pidOf(() => stack.pid(name)), isCompact);
  return {
    isPrivate: true,
    ...system,
    engineMetricsUrl: stack.temporalMetricsUrl,
    stopEngine: () => stack.stop('temporal'),
    startEngine: () => stack.start('temporal'),
    close: async () => {
      await system.closeServices();
      await stack.close();
    },
  };
}

/**
 * The stack that `npm start` runs in a data folder: its Kafka, PostgreSQL and Temporal, with services, topics and
 * databases of our own beside those that run there.
 *
 * @throws when the folder holds no running stack
 */
export function openRunningSystem(home: string, isCompact: boolean): BenchSystem {
  const records = readJson(join(home, 'pids.json')) as readonly { name: string; pid: number; port: number | null }[];
  const { postgresPassword } = readJson(join(home, 'secrets.json')) as { postgresPassword: string };
  const recordOf = (name: InfraName): { pid: number; port: number } => {
    const record = records.find((candidate) => candidate.name === name);
    if (typeof record?.port !== 'number') throw new Error(`${home} holds no running ${name}: is \`npm start\` up?`);
    return { pid: record.pid, port: record.port };
  };
  const endpoints = {
    kafkaBrokers: `127.0.0.1:${recordOf('kafka').port}`,
    dbUrl: `postgres://postgres:${postgresPassword}@127.0.0.1:${recordOf('postgres').port}/postgres`,
    temporalAddress: `127.0.0.1:${recordOf('temporal').port}`,
  };
  const signalEngine = (signal: NodeJS.Signals): Promise<void> => {
    process.kill(recordOf('temporal').pid, signal);
    return Promise.resolve();
  };
  const system = systemOn(endpoints, (name) => recordOf(name).pid, isCompact);
  return {
    isPrivate: false,
    ...system,
    engineMetricsUrl: null,
    // Stopping it would have its launcher start it again.
    stopEngine: () => signalEngine('SIGSTOP'),
    startEngine: () => signalEngine('SIGCONT'),
    close: system.closeServices,
  };
}

/** What the environment names, of which nothing is known but where it is: no CPU figures, no engine to stop. */
export function openNamedSystem(endpoints: InfraEndpoints, isCompact: boolean): BenchSystem {
  const system = systemOn(endpoints, () => null, isCompact);
  const notOurs = (): Promise<void> =>
    Promise.reject(new Error(`the engine at ${endpoints.temporalAddress} is not ours to stop`));
  const engine = { engineMetricsUrl: null, stopEngine: notOurs, startEngine: notOurs };
  return { isPrivate: false, ...system, ...engine, close: system.closeServices };
}

function systemOn(
  endpoints: InfraEndpoints,
  pid: (name: InfraName) => number | null,
  isCompact: boolean,
): Pick<BenchSystem, 'endpoints' | 'cpuGroups' | 'startServices'> & { readonly closeServices: () => Promise<void> } {
  const open = new Set<IsolatedServices>();
  return {
    endpoints,
    cpuGroups: () => {
      const groups: Record<string, ProcessGroup> = {};
      for (const name of ['temporal', 'postgres', 'kafka'] as const) {
        const running = pid(name);
        if (running !== null) groups[name] = { pid: running };
      }
      const { postgres } = groups;
      return postgres === undefined
        ? groups
        : { ...groups, [ENGINE_POSTGRES]: { pid: postgres.pid, matching: isEngineBackend } };
    },
    startServices: async (options = {}) => {
      const services = await startServices({ ...options, isCompact, endpoints, env: { ...BENCH_ENV, ...options.env } });
      open.add(services);
      const close = async (): Promise<void> => {
        open.delete(services);
        await services.close();
      };
      return { ...services, close };
    },
    // What a row that was cut short has left behind.
    closeServices: async () => {
      for (const services of open) await services.close();
    },
  };
}

/** The group that `postgres` holds, too: what PostgreSQL does for Temporal. */
export const ENGINE_POSTGRES = 'postgres for temporal';

/** Null for one that does not run. */
function pidOf(pid: () => number): number | null {
  try {
    return pid();
  } catch {
    return null;
  }
}

/** A backend's title reads `postgres: <user> <database> <client> <state>`. */
const isEngineBackend = (commandLine: string): boolean => /^postgres: \S+ temporal(_visibility)? /.test(commandLine);

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
