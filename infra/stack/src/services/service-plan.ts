import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StackFault } from '../fault.js';
import { answersOk } from '../net/probes.js';
import { repoRoot } from '../paths.js';
import type { ProcessSpec } from '../process/process-spec.js';

/** Every process of ours, in the order in which they are stopped. */
export const SERVICES = [
  'gateway',
  'command-service',
  'trigger-service',
  'monitor-service',
  'projection-service',
  'worker',
  'executor',
] as const;
export type ServiceName = (typeof SERVICES)[number];

/** The one process that all services but the gateway are in, where the start asks for it. */
export const COMPACT = 'compact';
export type ProcessName = ServiceName | typeof COMPACT;

/** Processes of a set of services, in the order in which they are stopped. */
export const processesOf = (isCompact: boolean): readonly ProcessName[] =>
  isCompact ? ['gateway', COMPACT] : SERVICES;

/** Loopback port of each: HTTP of the services, health of executor and worker. */
export type ServicePorts = Readonly<Record<ServiceName, number>>;

export type Env = Readonly<Record<string, string>>;

/** Entry points after the build, by path: the stack imports none of them. */
const ENTRY: Readonly<Record<ServiceName, string>> = {
  gateway: 'infra/stack/dist/gateway/main.js',
  'command-service': 'command-service/dist/main.js',
  'trigger-service': 'trigger-service/dist/main.js',
  'monitor-service': 'monitor-service/dist/main.js',
  'projection-service': 'projection-service/dist/main.js',
  worker: 'worker/dist/interpreter/main.js',
  executor: 'worker/dist/executor/main.js',
};

/** One-shot: namespace and search attributes in Temporal. */
export const ENGINE_SETUP_ENTRY = 'worker/dist/setup/main.js';

/** Heap of a process in MiB, its threads apart; one that needs more ends, and is started again. */
export const MAX_HEAP_MIB = 2048;

const READY_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 15_000;
const COMPACT_ENTRY = 'infra/compact/dist/main.js';
/** Heap of the process that all services are in. */
const COMPACT_HEAP_MIB = 2 * MAX_HEAP_MIB;
/** Longer than it gives its services to close. */
const COMPACT_STOP_TIMEOUT_MS = 80_000;

/**
 * How to run one process of a set of services. `env` is what it gets beside this process's own environment; its port
 * variables are set here, NODE_ENV is `development` unless it says otherwise, and identity headers are believed from
 * loopback only, where it listens. `root` is the repository that was compiled: this one, or another release's.
 */
export function processSpec(name: ProcessName, ports: ServicePorts, env: Env, root = repoRoot()): ProcessSpec {
  const { entry, heapMib, port, stopTimeoutMs, isReady } = name === COMPACT ? compactPart(ports) : partOf(name, ports);
  return {
    ...{ name, port, stopTimeoutMs, isReady },
    command: process.execPath,
    args: ['--enable-source-maps', `--max-old-space-size=${heapMib}`, entryPath(entry, root)],
    env: { ...process.env, NODE_ENV: process.env['NODE_ENV'] || 'development', ...env, ...portVariables(name, ports) },
    cwd: root,
    stopSignal: 'SIGTERM',
    readyTimeoutMs: READY_TIMEOUT_MS,
  };
}

/** What differs between the processes. */
type Part = Pick<ProcessSpec, 'port' | 'stopTimeoutMs' | 'isReady'> & {
  readonly entry: string;
  readonly heapMib: number;
};

function partOf(name: ServiceName, ports: ServicePorts): Part {
  const port = ports[name];
  // The gateway is ready when it serves: whether what is behind it is ready was asked of each service itself.
  const isReady = (): Promise<boolean> => answersOk(port, name === 'gateway' ? '/healthz' : '/readyz');
  return { entry: ENTRY[name], heapMib: MAX_HEAP_MIB, port, stopTimeoutMs: STOP_TIMEOUT_MS, isReady };
}

/** All services but the gateway in one process, each at its port as if it ran alone. */
function compactPart(ports: ServicePorts): Part {
  const inside = SERVICES.filter((name) => name !== 'gateway');
  return {
    entry: COMPACT_ENTRY,
    heapMib: COMPACT_HEAP_MIB,
    port: ports['command-service'],
    stopTimeoutMs: COMPACT_STOP_TIMEOUT_MS,
    isReady: async () =>
      (await Promise.all(inside.map((name) => answersOk(ports[name], '/readyz')))).every((isReady) => isReady),
  };
}

/** The compiled file below the root of a repository; throws a `StackFault` when it was not built. */
export function entryPath(entry: string, root = repoRoot()): string {
  const path = join(root, entry);
  if (!existsSync(path)) throw new StackFault(`${entry} was not built: run \`npm run build\`.`);
  return path;
}

function portVariables(name: ProcessName, ports: ServicePorts): Env {
  const url = (service: ServiceName): string => `http://127.0.0.1:${ports[service]}`;
  switch (name) {
    case 'gateway':
      return {
        PORT: String(ports.gateway),
        COMMAND_SERVICE_URL: url('command-service'),
        PROJECTION_SERVICE_URL: url('projection-service'),
        TRIGGER_SERVICE_URL: url('trigger-service'),
        MONITOR_SERVICE_URL: url('monitor-service'),
        EXECUTOR_URL: url('executor'),
        WORKER_URL: url('worker'),
      };
    case COMPACT:
      return {
        HOST: '127.0.0.1',
        FLOWS_COMPACT_COMMAND_PORT: String(ports['command-service']),
        FLOWS_COMPACT_PROJECTION_PORT: String(ports['projection-service']),
        FLOWS_COMPACT_TRIGGER_PORT: String(ports['trigger-service']),
        FLOWS_COMPACT_MONITOR_PORT: String(ports['monitor-service']),
        FLOWS_COMPACT_EXECUTOR_PORT: String(ports.executor),
        FLOWS_COMPACT_WORKER_PORT: String(ports.worker),
      };
    case 'worker':
    case 'executor':
      return { WORKER_HEALTH_PORT: String(ports[name]) };
    default:
      return { PORT: String(ports[name]), HOST: '127.0.0.1' };
  }
}
