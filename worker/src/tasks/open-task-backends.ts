import type { Logger } from '@flowplane/plumbing/logging';
import type { TaskBackendConfig } from './backend-config.js';
import { noConnections } from './connections/resolve-connection.js';
import { openTableDatabase, type TableDatabase } from './db-query/postgres/table-database.js';
import { configuredSmtpServer, smtpTimeouts } from './email-send/config.js';
import type { EventsPublishPorts } from './events-publish/events-publish.js';
import type { TokenSettings } from './execution-token.js';
import { parseAllowedHosts } from './outbound/allowed-hosts.js';
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
  const tables = tableDatabase(config, logger);
  const handlers = makeTaskHandlers({
    token,
    connections: noConnections,
    allowedHosts: parseAllowedHosts(config.httpAllowHosts),
    ...{ publish, eventTopics },
    tableQuery: tables?.query,
    mail: { server: configuredSmtpServer(config), timeouts: smtpTimeouts(config) },
  });
  return {
    handlers,
    close: async () => {
      await tables?.close();
    },
  };
}

function tableDatabase(config: TaskBackendParts['config'], logger: Logger): TableDatabase | undefined {
  if (config.dataPostgresUrl === undefined) return undefined;
  return openTableDatabase({
    url: config.dataPostgresUrl,
    sharedTables: config.dataSharedTables,
    maxConnections: config.dataPostgresConnections,
    statementTimeoutMs: config.dataPostgresTimeoutMs,
    maxOutputBytes: config.maxTaskIoBytes,
    logger,
  });
}
