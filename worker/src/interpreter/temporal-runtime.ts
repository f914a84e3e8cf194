import type { Logger } from '@flowplane/infra/logging';
import { Runtime, type LogLevel, type LogMetadata } from '@temporalio/worker';

/** Process-wide settings of the engine's native core: our logger, and no signal handlers of its own. */
export function installRuntime(logger: Logger): void {
  const write = (level: LogLevel, message: string, meta?: LogMetadata): void => {
    const details = meta ?? {};
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
