import { makeLogger, type Logger } from '@flowplane/plumbing/logging';
import type { HostProcess, Running } from '@flowplane/plumbing/process';
import type { ComposedService } from './services.js';

type Opening = { readonly service: ComposedService; readonly running: Promise<Running>; readonly logger: Logger };

/**
 * Opens all services at the same time, as the launcher starts separate processes: some wait for what others make. Each
 * logs under its name. It returns at once, so that a stop which comes before all are open closes those that are. One
 * that cannot be opened is a fatal fault of the process.
 *
 * They are closed one after the other, in the order given, and one that is still opening once it is open; one that fails
 * or takes longer than its deadline is logged, and the others are closed all the same.
 *
 * @returns `close` throws an error naming the services that did not close
 */
export function openCompact(services: readonly ComposedService[], host: HostProcess): Running {
  let isClosing = false;
  const openings = services.map((service) => startOpening(service, host));
  Promise.all(openings.map(({ running }) => running)).then(
    () => host.logger.info('all services are open'),
    (cause: unknown) => {
      // To a service that is still opening, a stop may look like a fault of the others.
      if (isClosing) host.logger.warn({ err: cause }, 'not opened before the stop');
      else host.fatal(cause, 'start failed');
    },
  );
  return {
    close: async () => {
      isClosing = true;
      await closeAll(openings);
    },
  };
}

function startOpening(service: ComposedService, host: HostProcess): Opening {
  const { name } = service;
  const logger = makeLogger({ service: name, env: host.env });
  const fatal: HostProcess['fatal'] = (cause, message) => host.fatal(cause, `${name}: ${message}`);
  const running = service.open({ ...host, logger, fatal }).catch((cause: unknown) => {
    throw new Error(`${name} could not be opened`, { cause });
  });
  return { service, running, logger };
}

async function closeAll(openings: readonly Opening[]): Promise<void> {
  const failed: string[] = [];
  for (const { service, running, logger } of openings) {
    try {
      await closeWithin(running, service.closeDeadlineMs);
    } catch (cause) {
      failed.push(service.name);
      logger.error({ err: cause }, 'not closed: the other services are closed without it');
    }
  }
  if (failed.length > 0) throw new Error(`not closed: ${failed.join(', ')}`);
}

/** Once it is open; one whose opening failed has nothing to close. */
async function closeWithin(running: Promise<Running>, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`closing took longer than ${deadlineMs} ms`)), deadlineMs);
  });
  const open = running.catch(() => undefined);
  try {
    await Promise.race([open.then((service) => service?.close()), late]);
  } finally {
    clearTimeout(timer);
  }
}
