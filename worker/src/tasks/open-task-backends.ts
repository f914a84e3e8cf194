import type { Logger } from '@flowplane/plumbing/logging';
import type { TaskBackendConfig } from './backend-config.js';
import { noConnections } from './connections/resolve-connection.js';
import { makeDocuments } from './db-query/mongo/documents.js';
import { makeTables } from './db-query/postgres/tables.js';
import type { EventsPublishPorts } from './events-publish/events-publish.js';
import type { TokenSettings } from './execution-token.js';
import { parseAllowedHosts } from './outbound/allowed-hosts.js';
import { makeResolve } from './outbound/resolve-name.js';
import { makeStores } from './storage/stores.js';
import { makeTaskHandlers } from './task-handlers.js';
import type { TaskHandler } from './task-handler.js';

export type TaskBackendParts = EventsPublishPorts & {
  readonly config: TaskBackendConfig & {
    /** FLOWS_MAX_TASK_IO_BYTES. */
    readonly maxTaskIoBytes: number;
  };
  readonly token: TokenSettings;
  readonly logger: Logger;
};

export type OpenTaskBackends = {
  readonly handlers: ReadonlyMap<string, TaskHandler>;
  readonly close: () => Promise<void>;
};

/** Opens what the task types call, as configured. Nothing is contacted before a task needs it. */
export function openTaskBackends({ config, token, logger, publish, eventTopics }: TaskBackendParts): OpenTaskBackends {
  const allowedHosts = parseAllowedHosts(config.httpAllowHosts);
  const outbound = { connections: noConnections, allowedHosts, resolve: makeResolve() };
  const maxOutputBytes = config.maxTaskIoBytes;
  const tables = makeTables({ ...outbound, config, maxOutputBytes, logger });
  const documents = makeDocuments({ ...outbound, config, maxOutputBytes });
  const stores = makeStores({ ...outbound, config });
  const handlers = makeTaskHandlers({
    token,
    connections: noConnections,
    allowedHosts,
    ...{ publish, eventTopics },
    ...{ tableQuery: tables.query, documentQuery: documents.query, openStore: stores.open },
    maxIoBytes: config.maxTaskIoBytes,
  });
  return {
    handlers,
    close: async () => {
      await Promise.all([tables.close(), documents.close(), stores.close()]);
    },
  };
}
