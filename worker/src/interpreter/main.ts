import { makeLogger, type Logger } from '@flowplane/plumbing/logging';
import { runProcess, type Running } from '@flowplane/plumbing/process';
import { makeMetrics } from '@flowplane/plumbing/telemetry';
import { buildHealthApp } from '../shared/health-app.js';
import { interpreterConfig, type InterpreterConfig } from './config.js';
import { openInterpreter } from './open-interpreter.js';
import { installRuntime } from './temporal-runtime.js';
import { loadWorkflowBundle } from './workflow-bundle.js';

const CLOSE_DEADLINE_MS = 20_000;

const logger = makeLogger({ service: 'worker' });
runProcess({
  logger,
  service: 'worker',
  start: async () => start(interpreterConfig(process.env), logger),
  closeDeadlineMs: CLOSE_DEADLINE_MS,
});

async function start(config: InterpreterConfig, log: Logger): Promise<Running> {
  installRuntime(log);
  const metrics = makeMetrics();
  const workflowBundle = await loadWorkflowBundle(log);
  const worker = await openInterpreter({ config, logger: log, metrics, workflowBundle });

  const health = buildHealthApp({ logger: log, metrics, missing: worker.missing });
  await health.listen({ port: config.healthPort, host: config.healthHost });
  return {
    close: async () => {
      await worker.close();
      await health.close();
    },
  };
}
