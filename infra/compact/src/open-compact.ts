import { makeLogger, type Logger } from '@flowplane/plumbing/logging';
import type { HostProcess, Running } from '@flowplane/plumbing/process';
import type { ComposedService } from './services.js';

type Opened = { readonly service: ComposedService; readonly running: Running; readonly logger: Logger };

/**
 * Opens all services at the same time, as the launcher starts separate processes: some wait for what others make. Each
 * logs under its name. They are closed one after the other, in the order given; one that fails or takes longer than its
 * deadline is logged, and the others are closed all the same.
 *
 * @throws Error naming the service that could not be opened; `close` throws one naming those that did not close
 */
export async function openCompact(services: readonly ComposedService[], host: HostProcess): Promise<Running> {
  const opened = await Promise.all(services.map((service) => openOne(service, host)));
  return { close: () => closeAll(opened) };
}

async function openOne(service: ComposedService, host: HostProcess): Promise<Opened> {
  const { name } = service;
  const logger = makeLogger({ service: name, env: host.env });
  const fatal: HostProcess['fatal'] = (cause, message) => host.fatal(cause, `${name}: ${message}`);
  try {
    return { service, running: await service.open({ ...host, logger, fatal }), logger };
  } catch (cause) {
    throw new Error(`${name} could not be opened`, { cause });
  }
}

async function closeAll(opened: readonly Opened[]): Promise<void> {
  const failed: string[] = [];
  for (const { service, running, logger } of opened) {
    try {
      await closeWithin(running, service.closeDeadlineMs);
    } catch (cause) {
      failed.push(service.name);
      logger.error({ err: cause }, 'not closed: the other services are closed without it');
    }
  }
  if (failed.length > 0) throw new Error(`not closed: ${failed.join(', ')}`);
}

async function closeWithin(running: Running, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`closing took longer than ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    await Promise.race([running.close(), late]);
  } finally {
    clearTimeout(timer);
  }
}
