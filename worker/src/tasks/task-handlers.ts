import { makeDbQuery, type RunTableQuery } from './db-query/db-query.js';
import type { RunDocumentQuery } from './db-query/mongo/document-database.js';
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
  readonly tableQuery: RunTableQuery | undefined;
  readonly documentQuery?: RunDocumentQuery;
  readonly openStore?: OpenStore;
  /** FLOWS_MAX_TASK_IO_BYTES. */
  readonly maxIoBytes?: number;
};

/** Handlers of the task types this worker knows to execute; the other types answer `CAPABILITY_UNAVAILABLE`. */
export function makeTaskHandlers(backends: TaskBackends): ReadonlyMap<string, TaskHandler> {
  const { token, connections, http, functions, llm, publish, eventTopics } = backends;
  const { tableQuery, documentQuery, openStore } = backends;
  return new Map([
    ['http.request', touchingTenantData(makeHttpRequest({ ...http, connections }), token)],
    ['functions.invoke', touchingTenantData(makeFunctionsInvoke({ ...functions, connections }), token)],
    ['llm.complete', touchingTenantData(makeLlmComplete({ ...llm, connections }), token)],
    ['db.query', touchingTenantData(makeDbQuery(tableQuery, documentQuery), token)],
    ...(openStore === undefined ? [] : storageHandlers(openStore, backends)),
    ['events.publish', touchingTenantData(makeEventsPublish({ publish, eventTopics }), token)],
  ]);
}

/** Largest output where nothing else is configured. */
const DEFAULT_MAX_IO_BYTES = 2_097_152;

function storageHandlers(
  openStore: OpenStore,
  { token, maxIoBytes = DEFAULT_MAX_IO_BYTES }: TaskBackends,
): readonly (readonly [string, TaskHandler])[] {
  return [
    ['storage.put', touchingTenantData(makeStoragePut(openStore), token)],
    ['storage.get', touchingTenantData(makeStorageGet(openStore, maxIoBytes), token)],
  ];
}

/** By tasks 5.5: without a valid token of its run's workspace the task does not even look at its input. */
export function touchingTenantData(handler: TaskHandler, settings: TokenSettings): TaskHandler {
  return async (params, attempt) => {
    requireToken(attempt.token, attempt.tenant, settings);
    return handler(params, attempt);
  };
}
