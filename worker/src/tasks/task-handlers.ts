import { makeDbQuery, type RunTableQuery } from './db-query/db-query.js';
import type { RunDocumentQuery } from './db-query/mongo/document-database.js';
import { makeEmailSend, type EmailSendPorts } from './email-send/email-send.js';
import { makeEventsPublish, type EventsPublishPorts } from './events-publish/events-publish.js';
import type { ResolveConnection } from './connections/resolve-connection.js';
import { requireToken, type TokenSettings } from './execution-token.js';
import { makeFunctionsInvoke, type FunctionsInvokeOptions } from './functions-invoke/functions-invoke.js';
import { makeHttpRequest, type HttpRequestOptions } from './http-request/http-request.js';
import { makeLlmComplete, type LlmCompleteOptions } from './llm-complete/llm-complete.js';
import type { OpenStore } from './storage/open-store.js';
import { makeStorageGet } from './storage-get/storage-get.js';
import { makeStoragePut } from './storage-put/storage-put.js';
import type { TaskHandler } from './task-handler.js';

export type TaskBackends = EventsPublishPorts & {
  readonly token: TokenSettings;
  readonly connections: ResolveConnection;
  readonly http: Omit<HttpRequestOptions, 'connections'>;
  readonly functions: Omit<FunctionsInvokeOptions, 'connections'>;
  readonly llm: Omit<LlmCompleteOptions, 'connections'>;
  readonly mail: Omit<EmailSendPorts, 'connections'>;
  readonly tableQuery: RunTableQuery | undefined;
  readonly documentQuery?: RunDocumentQuery;
  readonly openStore?: OpenStore;
  /** FLOWS_MAX_TASK_IO_BYTES. */
  readonly maxIoBytes?: number;
};

/** Largest output where nothing else is configured. */
const DEFAULT_MAX_IO_BYTES = 2_097_152;

/**
 * Handlers of the task types this worker knows to execute; the other types answer `CAPABILITY_UNAVAILABLE`. Each of them
 * checks the token of its attempt first.
 */
export function makeTaskHandlers(backends: TaskBackends): ReadonlyMap<string, TaskHandler> {
  const handlers = handlersOf(backends).map(
    ([id, handler]) => [id, touchingTenantData(handler, backends.token)] as const,
  );
  return new Map(handlers);
}

function handlersOf(backends: TaskBackends): readonly (readonly [id: string, handler: TaskHandler])[] {
  const { connections, http, functions, llm, mail, publish, eventTopics } = backends;
  const { tableQuery, documentQuery, openStore, maxIoBytes = DEFAULT_MAX_IO_BYTES } = backends;
  return [
    ['http.request', makeHttpRequest({ ...http, connections })],
    ['functions.invoke', makeFunctionsInvoke({ ...functions, connections })],
    ['llm.complete', makeLlmComplete({ ...llm, connections })],
    ['db.query', makeDbQuery(tableQuery, documentQuery)],
    ...(openStore === undefined
      ? []
      : ([
          ['storage.put', makeStoragePut(openStore)],
          ['storage.get', makeStorageGet(openStore, maxIoBytes)],
        ] as const)),
    ['events.publish', makeEventsPublish({ publish, eventTopics })],
    ['email.send', makeEmailSend({ ...mail, connections })],
  ];
}

/** By tasks 5.5: without a valid token of its run's workspace the task does not even look at its input. */
export function touchingTenantData(handler: TaskHandler, settings: TokenSettings): TaskHandler {
  return async (params, attempt) => {
    requireToken(attempt.token, attempt.tenant, settings);
    return handler(params, attempt);
  };
}
