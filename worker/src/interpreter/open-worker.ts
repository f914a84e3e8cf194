import type { HostProcess, Running } from '@flowplane/plumbing/process';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import type { OpenProgress } from '@flowplane/runtime/read-model';
import { buildHealthApp } from '../shared/health-app.js';
import type { InterpreterConfig } from './config.js';
import { openInterpreter } from './open-interpreter.js';
import type { WorkerConnection } from '../shared/worker-connection.js';
import { installRuntime } from './temporal-runtime.js';
import { loadWorkflowBundle } from './workflow-bundle.js';

/** Longest time that tasks under way have to end when the worker is closed, in ms. */
export const CLOSE_DEADLINE_MS = 20_000;

/** What the worker shares with others of its process. */
export type WorkerPorts = {
  readonly connection?: WorkerConnection | undefined;
  readonly openProgress?: OpenProgress | undefined;
};

export async function openWorker(
  config: InterpreterConfig,
  { logger }: HostProcess,
  ports: WorkerPorts = {},
): Promise<Running> {
  installRuntime(logger);
  const metrics = makeMetrics();
  const workflowBundle = await loadWorkflowBundle(logger);
  const worker = await openInterpreter({ config, logger, metrics, workflowBundle, ...ports });

  const health = buildHealthApp({ logger, metrics, missing: worker.missing });
  await health.listen({ port: config.healthPort, host: config.healthHost });
  logger.info({ port: config.healthPort }, 'ready');
  return {
    close: async () => {
      await worker.close();
      await health.close();
    },
  };
}
