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

/**
 * How to run one service. `env` is what it gets beside this process's own environment; its port variables are set
 * here, NODE_ENV is `development` unless it says otherwise, and identity headers are believed from loopback only, where it listens. `root` is the repository that was
 * compiled: this one, or another release's.
 */
export function serviceSpec(name: ServiceName, ports: ServicePorts, env: Env, root = repoRoot()): ProcessSpec {
  const port = ports[name];
  return {
    name,
    command: process.execPath,
    args: ['--enable-source-maps', `--max-old-space-size=${MAX_HEAP_MIB}`, entryPath(ENTRY[name], root)],
    env: { ...process.env, NODE_ENV: process.env['NODE_ENV'] || 'development', ...env, ...portVariables(name, ports) },
    cwd: root,
    port,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    // The gateway is ready when it serves: whether what is behind it is ready was asked of each service itself.
    isReady: () => answersOk(port, name === 'gateway' ? '/healthz' : '/readyz'),
    readyTimeoutMs: READY_TIMEOUT_MS,
  };
}

/** The compiled file below the root of a repository; throws a `StackFault` when it was not built. */
export function entryPath(entry: string, root = repoRoot()): string {
  const path = join(root, entry);
  if (!existsSync(path)) throw new StackFault(`${entry} was not built: run \`npm run build\`.`);
  return path;
}

function portVariables(name: ServiceName, ports: ServicePorts): Env {
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
    case 'worker':
    case 'executor':
      return { WORKER_HEALTH_PORT: String(ports[name]) };
    default:
      return { PORT: String(ports[name]), HOST: '127.0.0.1' };
  }
}
