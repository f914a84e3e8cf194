import { makeLogger } from '@flowplane/plumbing/logging';
import type { HostProcess, Running } from '@flowplane/plumbing/process';
import type { ComposedService } from './services.js';

/**
 * Opens all services at the same time, as the launcher starts separate processes: some wait for what others make. Each
 * logs under its name. They are closed one after the other, in the order given.
 */
export async function openCompact(services: readonly ComposedService[], host: HostProcess): Promise<Running> {
  const opened = await Promise.all(
    services.map((service) => service.open({ ...host, logger: makeLogger({ service: service.name, env: host.env }) })),
  );
  return {
    close: async () => {
      for (const running of opened) await running.close();
    },
  };
}
