import type { Logger } from '@flowplane/plumbing/logging';
import type { TaskBackendConfig } from './backend-config.js';
import type { ResolveConnection } from './connections/resolve-connection.js';
import { makeDocuments } from './db-query/mongo/documents.js';
import { makeDatabaseProcesses } from './db-query/processes/database-processes.js';
import { makeTables } from './db-query/postgres/tables.js';
import { configuredSmtpServer, smtpTimeouts } from './email-send/config.js';
import type { EventsPublishPorts } from './events-publish/events-publish.js';
import type { TokenSettings } from './execution-token.js';
import { makeResponseSchemas } from './http-request/response-schemas.js';
import type { AllowedModels } from './llm-complete/llm-complete.js';
import { parseAllowedHosts } from './outbound/allowed-hosts.js';
import { makeOauthTokens } from './outbound/oauth-tokens.js';
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
  readonly connections: ResolveConnection;
  /** Of the operator, by workspace; default: no restriction. */
  readonly allowedModels?: AllowedModels;
  readonly logger: Logger;
};

export type OpenTaskBackends = {
  readonly handlers: ReadonlyMap<string, TaskHandler>;
  readonly close: () => Promise<void>;
};

/** Opens what the task types call, as configured. Nothing is contacted before a task needs it. */
export function openTaskBackends(parts: TaskBackendParts): OpenTaskBackends {
  const { config, token, connections, logger, publish, eventTopics } = parts;
  const { allowedModels = () => Promise.resolve(undefined) } = parts;
  const outbound = { allowedHosts: parseAllowedHosts(config.httpAllowHosts), resolve: makeResolve() };
  const responseSchemas = makeResponseSchemas({ logger });
  const maxIoBytes = config.maxTaskIoBytes;
  const processes = makeDatabaseProcesses({
    ...{ maxProcesses: config.dataProcesses, maxOutputBytes: maxIoBytes, logger },
  });
  const ofConnections = { ...outbound, connections, processes, config, maxOutputBytes: maxIoBytes };
  const tables = makeTables({ ...ofConnections, logger });
  const documents = makeDocuments(ofConnections);
  const stores = makeStores(ofConnections);
  const handlers = makeTaskHandlers({
    ...{ token, connections },
    http: { ...outbound, oauthTokens: makeOauthTokens(outbound), responseSchemas, maxIoBytes },
    functions: { ...outbound, url: config.functionsUrl, timeoutMs: config.functionsTimeoutMs },
    llm: { ...outbound, ...llmProvider(config), allowedModels },
    mail: { ...outbound, server: configuredSmtpServer(config), timeouts: smtpTimeouts(config) },
    ...{ publish, eventTopics },
    ...{ tableQuery: tables.query, documentQuery: documents.query, openStore: stores.open },
    maxIoBytes,
  });
  return {
    handlers,
    close: async () => {
      await Promise.all([tables.close(), documents.close(), stores.close(), processes.close()]);
      await responseSchemas.close();
    },
  };
}

const llmProvider = ({ llmUrl, llmApiKey, llmModels, llmTimeoutMs }: TaskBackendConfig) => ({
  ...{ url: llmUrl, apiKey: llmApiKey, models: llmModels, timeoutMs: llmTimeoutMs },
});
