import { makeDbQuery, type RunTableQuery } from './db-query/db-query.js';
import { makeEventsPublish, type EventsPublishPorts } from './events-publish/events-publish.js';
import type { ResolveConnection } from './connections/resolve-connection.js';
import { requireToken, type TokenSettings } from './execution-token.js';
import type { AllowedHosts } from './outbound/allowed-hosts.js';
import { makeHttpRequest } from './http-request/http-request.js';
import type { TaskHandler } from './task-handler.js';

export type TaskBackends = EventsPublishPorts & {
  readonly token: TokenSettings;
  readonly connections: ResolveConnection;
  readonly allowedHosts: AllowedHosts;
  /** Undefined where FLOWS_DATA_POSTGRES_URL is not set. */
  readonly tableQuery: RunTableQuery | undefined;
};

/** Handlers of the task types this worker knows to execute; the other types answer `CAPABILITY_UNAVAILABLE`. */
export function makeTaskHandlers(backends: TaskBackends): ReadonlyMap<string, TaskHandler> {
  const { token, allowedHosts, publish, eventTopics, tableQuery } = backends;
  return new Map([
    ['http.request', makeHttpRequest({ allowedHosts })],
    ['db.query', touchingTenantData(makeDbQuery(tableQuery), token)],
    ['events.publish', touchingTenantData(makeEventsPublish({ publish, eventTopics }), token)],
  ]);
}

/** By tasks 5.5: without a valid token of its run's workspace the task does not even look at its input. */
export function touchingTenantData(handler: TaskHandler, settings: TokenSettings): TaskHandler {
  return async (params, attempt) => {
    requireToken(attempt.token, attempt.tenant, settings);
    return handler(params, attempt);
  };
}
