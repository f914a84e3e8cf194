import type { Logger } from '../logging/index.js';
import { startTracing, type Tracing } from '../telemetry/index.js';

export type Running = { readonly close: () => Promise<void> };
/** Ends the process with exit code 1: for faults after which it must not go on; the supervisor starts it again. */
export type Fatal = (cause: unknown, message: string) => void;

/** What a service uses of the process that it is opened in, alone or with others. */
export type HostProcess = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly fatal: Fatal;
};

export type ProcessOptions = {
  readonly logger: Logger;
  /** Name of the process in traces; without one it exports none. */
  readonly service?: string;
  /** Opens and wires everything; what it returns is closed on SIGTERM and SIGINT. */
  readonly start: (fatal: Fatal) => Promise<Running>;
  /** Time for draining before the process ends anyway, in ms. */
  readonly closeDeadlineMs?: number;
};

/**
 * Runs one service: start, serve, drain on SIGTERM or SIGINT within the deadline, exit 0. A failed start, an
 * unhandled rejection and `fatal` end with exit code 1.
 */
export function runProcess({ logger, service, start, closeDeadlineMs = 10_000 }: ProcessOptions): void {
  let running: Running | undefined;
  let tracing: Tracing | undefined;
  let closing = false;

  const exit = (code: number): void => {
    logger.flush();
    process.exit(code);
  };
  const fatal: Fatal = (cause, message) => {
    logger.fatal({ err: cause }, message);
    exit(1);
  };
  const shutDown = async (signal: string): Promise<void> => {
    if (closing) return;
    closing = true;
    logger.info({ signal }, 'draining');
    const deadline = setTimeout(() => {
      logger.error({ closeDeadlineMs }, 'draining took too long');
      exit(1);
    }, closeDeadlineMs);
    await running?.close();
    await tracing?.close();
    clearTimeout(deadline);
    logger.info('stopped');
    exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      shutDown(signal).catch((cause: unknown) => fatal(cause, 'draining failed'));
    });
  }
  process.on('unhandledRejection', (cause) => fatal(cause, 'unhandled rejection'));
  process.on('uncaughtException', (cause) => fatal(cause, 'uncaught exception'));

  const begin = async (): Promise<Running> => {
    if (service !== undefined) tracing = await startTracing(service, process.env, logger);
    return start(fatal);
  };
  begin().then(
    (started) => {
      running = started;
    },
    (cause: unknown) => fatal(cause, 'start failed'),
  );
}
