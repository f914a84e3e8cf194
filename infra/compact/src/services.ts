import { openCommandService, readCommandServiceConfig } from '@flowplane/command-service';
import { openMonitorService, readMonitorConfig } from '@flowplane/monitor-service';
import { makeSharedTails } from '@flowplane/plumbing/kafka';
import type { HostProcess, Running } from '@flowplane/plumbing/process';
import { shareProgress } from '@flowplane/runtime/read-model';
import { openProjectionService, readProjectionServiceConfig } from '@flowplane/projection-service';
import { openTriggerService, readTriggerServiceConfig } from '@flowplane/trigger-service';
import { openExecutor, readExecutorConfig } from '@flowplane/worker/executor';
import { interpreterConfig, makeWorkerConnection, openWorker } from '@flowplane/worker/interpreter';
import { readCompactConfig } from './config.js';

/** Time of one service for closing, as long as it has where it runs alone. */
const CLOSE_DEADLINE_MS = 10_000;
/** The worker waits for the tasks under way. */
const WORKER_CLOSE_DEADLINE_MS = 20_000;

type Env = Readonly<Record<string, string | undefined>>;

/** One service, its configuration read, nothing opened yet. */
export type ComposedService = {
  readonly name: string;
  readonly port: number;
  /** Longest time that its close is waited for, in ms. */
  readonly closeDeadlineMs: number;
  readonly open: (host: HostProcess) => Promise<Running>;
};

/**
 * Every service with the port it listens on, in the order in which they are closed: callers before the called, as
 * the launcher stops separate processes. They share what one process needs only once: the follower of the read models'
 * progress, what they fetch at the end of the events log, and the worker's connection to the engine, over which the
 * executor starts runs.
 *
 * @throws InvalidConfig of the first service that cannot use the environment
 */
export function servicesOf(env: Env): readonly ComposedService[] {
  const ports = readCompactConfig(env);
  const at = (port: number): Env => ({ ...env, PORT: String(port), WORKER_HEALTH_PORT: String(port) });
  const shared = { openProgress: shareProgress(), tails: makeSharedTails() };
  const workerConnection = makeWorkerConnection();
  return [
    composed('command-service', at(ports.commandPort), ports.commandPort, readCommandServiceConfig, (config, host) =>
      openCommandService(config, host, shared),
    ),
    composed('trigger-service', at(ports.triggerPort), ports.triggerPort, readTriggerServiceConfig, (config, host) =>
      openTriggerService(config, host, shared),
    ),
    composed('monitor-service', at(ports.monitorPort), ports.monitorPort, readMonitorConfig, (config, host) =>
      openMonitorService(config, host, shared),
    ),
    composed(
      'projection-service',
      at(ports.projectionPort),
      ports.projectionPort,
      readProjectionServiceConfig,
      (config, host) => openProjectionService(config, host, shared),
    ),
    composed(
      'worker',
      at(ports.workerPort),
      ports.workerPort,
      interpreterConfig,
      (config, host) => openWorker(config, host, { openProgress: shared.openProgress, connection: workerConnection }),
      WORKER_CLOSE_DEADLINE_MS,
    ),
    composed('executor', at(ports.executorPort), ports.executorPort, readExecutorConfig, (config, host) =>
      openExecutor(config, host, { ...shared, workerConnection }),
    ),
  ];
}

function composed<C>(
  name: string,
  env: Env,
  port: number,
  read: (env: Env) => C,
  open: (config: C, host: HostProcess) => Promise<Running>,
  closeDeadlineMs = CLOSE_DEADLINE_MS,
): ComposedService {
  const config = read(env);
  return { name, port, closeDeadlineMs, open: (host) => open(config, { ...host, env }) };
}
