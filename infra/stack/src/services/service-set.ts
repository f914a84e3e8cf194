import { runTool } from '../artifacts/run-tool.js';
import type { Supervisor } from '../process/supervisor.js';
import { step, type Report } from '../progress.js';
import {
  ENGINE_SETUP_ENTRY,
  entryPath,
  COMPACT,
  processSpec,
  SERVICES,
  type Env,
  type ProcessName,
  type ServicePorts,
} from './service-plan.js';

export interface ServiceSetOptions {
  readonly supervisor: Supervisor;
  readonly ports: ServicePorts;
  /** For every service. */
  readonly env: Env;
  /** For one of them, over `env`. */
  readonly envOf: Readonly<Partial<Record<ProcessName, Env>>>;
  readonly names: readonly ProcessName[];
  /** Repository whose compiled services these are; default: this one. */
  readonly root?: string | undefined;
  /** False where the namespace is another set's, which has set it up. */
  readonly ownsNamespace: boolean;
  readonly report: Report;
}

/**
 * Sets up the engine's namespace, then starts the named services at the same time, and resolves when each is ready.
 * When one does not come up, those that did are stopped again before this rejects.
 */
export async function startServiceSet(options: ServiceSetOptions): Promise<void> {
  const { supervisor, ports, env, report, root } = options;
  if (options.ownsNamespace && options.names.some((name) => [COMPACT, 'executor', 'worker'].includes(name))) {
    await step(report, 'namespace and search attributes', 0, async () => {
      const setup = entryPath(ENGINE_SETUP_ENTRY, root);
      await runTool({ command: process.execPath, args: [setup], env: { ...process.env, ...env } });
    });
  }
  const starting = options.names.map((name) =>
    step(report, name === COMPACT ? 'all services in one process' : `${name} on 127.0.0.1:${ports[name]}`, 0, () =>
      supervisor.start(processSpec(name, ports, { ...env, ...options.envOf[name] }, root)),
    ),
  );
  await Promise.allSettled(starting);
  try {
    await Promise.all(starting);
  } catch (thrown) {
    await stopServiceSet(supervisor);
    throw thrown;
  }
}

/** Stops the services that run, callers before the called. */
export async function stopServiceSet(supervisor: Supervisor): Promise<void> {
  for (const name of [...SERVICES, COMPACT]) await supervisor.stop(name);
}
