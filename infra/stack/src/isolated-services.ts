import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDatabase } from '@flowplane/plumbing/postgres';
import type { InfraEndpoints } from './infra.js';
import { freePorts } from './net/ports.js';
import { homeLayout } from './paths.js';
import { dropDatabases, otherDatabase } from './postgres/databases.js';
import { logFile, makeSupervisor, type Supervisor } from './process/supervisor.js';
import type { Report } from './progress.js';
import {
  processesOf,
  processSpec,
  SERVICES,
  type Env,
  type ProcessName,
  type ServiceName,
  type ServicePorts,
} from './services/service-plan.js';
import { startServiceSet, stopServiceSet } from './services/service-set.js';

export interface IsolatedServicesOptions {
  /** Where Kafka, PostgreSQL and Temporal are; default: KAFKA_BROKERS, FLOWS_DB_URL, TEMPORAL_ADDRESS. */
  readonly endpoints?: InfraEndpoints;
  /**
   * Environment of every service, over what makes the set private. With the `env` of another set this one works on
   * that one's topics, databases and namespace, which stay that one's to remove.
   */
  readonly env?: Env;
  /** Environment of one service, over `env`. */
  readonly envOf?: Readonly<Partial<Record<ProcessName, Env>>>;
  /** Which to start; default: all. */
  readonly only?: readonly ServiceName[];
  /** All services but the gateway as one process, `compact`; `only` is not read then. */
  readonly isCompact?: boolean;
  /** Repository whose compiled services these are; default: this one. */
  readonly root?: string;
  readonly report?: Report;
}

/** A private set of running services: own topics, databases, namespace, task queue and ports on a shared stack. */
export interface IsolatedServices {
  /** Base url of the gateway. */
  readonly url: string;
  /** Base url of each service (of executor and worker: their health server). */
  readonly urls: Readonly<Record<ServiceName, string>>;
  /** The processes that were started, in the order in which they are stopped. */
  readonly processes: readonly ProcessName[];
  /** The environment that the services share, for a test that opens the same topics, databases and namespace. */
  readonly env: Env;
  readonly endpoints: InfraEndpoints;
  /** The file with the output of a service. */
  logOf(name: ProcessName): string;
  /** Pid of a running service. */
  pid(name: ProcessName): number;
  /** Sends a signal (default SIGKILL) and returns the pid. A service that ends is restarted by the supervisor. */
  kill(name: ProcessName, signal?: NodeJS.Signals): number;
  /** Resolves with the new pid once the service runs again and is ready. */
  restarted(name: ProcessName, oldPid: number, timeoutMs?: number): Promise<number>;
  /** Stops a service in order and leaves it stopped. */
  stop(name: ProcessName): Promise<void>;
  /** Starts a service that is not running, with more environment when given; resolves when it is ready. */
  start(name: ProcessName, env?: Env): Promise<void>;
  /** Stops every service and removes databases and files. Topics and the namespace stay, under their unique names. */
  close(): Promise<void>;
}

const RESTART_TIMEOUT_MS = 120_000;

/**
 * Starts compiled services as processes of their own against a running stack, apart from everything else on it. Rejects
 * when a service does not become ready; nothing is left running then.
 */
export async function startServices(options: IsolatedServicesOptions = {}): Promise<IsolatedServices> {
  const endpoints = options.endpoints ?? endpointsOf(process.env);
  const id = randomBytes(4).toString('hex');
  const own = privateEnv(id, endpoints);
  const env: Env = { ...own, ...options.env };
  const envOf = options.envOf ?? {};
  const layout = homeLayout(await mkdtemp(join(tmpdir(), `flowplane-${id}-`)));
  const ports = await choosePorts();
  const supervisor = makeSupervisor({ ...layout, report: options.report ?? (() => undefined) });
  const names = options.isCompact === true ? processesOf(true) : (options.only ?? SERVICES);
  // A set that was given another set's databases neither makes nor drops them.
  const databases = ['FLOWS_DB_URL', 'FLOWS_STATE_DB_URL'].flatMap((key) =>
    own[key] !== undefined && own[key] === env[key] ? [own[key]] : [],
  );

  const close = async (): Promise<void> => {
    await stopServiceSet(supervisor);
    await dropDatabases(databases);
    await rm(layout.home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  try {
    for (const url of databases) await ensureDatabase(url);
    // A set that works on another's databases works in its namespace as well.
    const ownsNamespace = databases.length > 0;
    const report = options.report ?? (() => undefined);
    await startServiceSet({ supervisor, ports, env, envOf, names, ownsNamespace, report, root: options.root });
  } catch (thrown) {
    await close();
    throw thrown;
  }
  const base = (name: ServiceName): string => `http://127.0.0.1:${ports[name]}`;
  return {
    url: base('gateway'),
    urls: Object.fromEntries(SERVICES.map((name) => [name, base(name)])) as Record<ServiceName, string>,
    processes: names,
    env,
    endpoints,
    logOf: (name) => logFile(layout.logs, name),
    ...controls(supervisor),
    start: (name, more = {}) =>
      supervisor.start(processSpec(name, ports, { ...env, ...envOf[name], ...more }, options.root)),
    close,
  };
}

function controls(supervisor: Supervisor): Pick<IsolatedServices, 'pid' | 'kill' | 'restarted' | 'stop'> {
  return {
    pid: (name) => supervisor.pid(name),
    kill: (name, signal = 'SIGKILL') => supervisor.signal(name, signal),
    async restarted(name, oldPid, timeoutMs = RESTART_TIMEOUT_MS) {
      return (await supervisor.restarted(name, oldPid, timeoutMs)).pid;
    },
    stop: (name) => supervisor.stop(name),
  };
}

/** The three variables that name a stack; throws when one is missing. */
export function endpointsOf(env: NodeJS.ProcessEnv): InfraEndpoints {
  const of = (name: string): string => {
    const value = env[name];
    if (value === undefined || value === '') throw new Error(`${name} is not set: no stack to run against`);
    return value;
  };
  return { kafkaBrokers: of('KAFKA_BROKERS'), dbUrl: of('FLOWS_DB_URL'), temporalAddress: of('TEMPORAL_ADDRESS') };
}

function privateEnv(id: string, endpoints: InfraEndpoints): Env {
  return {
    KAFKA_BROKERS: endpoints.kafkaBrokers,
    TEMPORAL_ADDRESS: endpoints.temporalAddress,
    FLOWS_DB_URL: otherDatabase(endpoints.dbUrl, `flows_${id}`),
    FLOWS_STATE_DB_URL: otherDatabase(endpoints.dbUrl, `flows_${id}_state`),
    FLOWS_TOPIC_PREFIX: `${id}.`,
    TEMPORAL_NAMESPACE: `flows-${id}`,
    TEMPORAL_TASK_QUEUE: `flows-${id}`,
    FLOW_EXECUTION_TOKEN_SECRET: randomBytes(32).toString('hex'),
  };
}

async function choosePorts(): Promise<ServicePorts> {
  const free = await freePorts(SERVICES.length);
  return Object.fromEntries(SERVICES.map((name, index) => [name, free[index]])) as ServicePorts;
}
