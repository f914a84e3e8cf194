import type { Logger } from '@flowplane/plumbing/logging';
import { Runtime, type LogLevel, type LogMetadata } from '@temporalio/worker';

/**
 * Members of the engine's log lines that are kept. Its debug lines hold whole tasks otherwise: inputs, definitions and
 * envelopes, in a coding that no censor sees through.
 */
const KEPT = [
  ...['sdkComponent', 'namespace', 'taskQueue', 'state', 'reason', 'error'],
  ...['workflowId', 'runId', 'workflowType', 'activityId', 'activityType', 'attempt'],
] as const;

/** Process-wide settings of the engine's native core: our logger, and no signal handlers of its own. */
export function installRuntime(logger: Logger): void {
  const write = (level: LogLevel, message: string, meta?: LogMetadata): void => {
    const details = keptOf(meta ?? {});
    if (level === 'ERROR') logger.error(details, `temporal: ${message}`);
    else if (level === 'WARN') logger.warn(details, `temporal: ${message}`);
    else logger.debug(details, `temporal: ${message}`);
  };
  Runtime.install({
    shutdownSignals: [],
    logger: {
      log: write,
      trace: (message, meta) => write('TRACE', message, meta),
      debug: (message, meta) => write('DEBUG', message, meta),
      info: (message, meta) => write('INFO', message, meta),
      warn: (message, meta) => write('WARN', message, meta),
      error: (message, meta) => write('ERROR', message, meta),
    },
  });
}

/** Texts, numbers and errors of these names. */
function keptOf(meta: LogMetadata): Readonly<Record<string, unknown>> {
  const kept = KEPT.map((name) => [name, (meta as Record<string, unknown>)[name]] as const);
  return Object.fromEntries(
    kept.filter(([, value]) => ['string', 'number'].includes(typeof value) || value instanceof Error),
  );
}
