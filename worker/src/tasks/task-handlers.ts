import { makeDbQuery, type RunTableQuery } from './db-query/db-query.js';
import { makeEmailSend, type EmailSendPorts } from './email-send/email-send.js';
import { makeEventsPublish, type EventsPublishPorts } from './events-publish/events-publish.js';
import type { ResolveConnection } from './connections/resolve-connection.js';
import { requireToken, type TokenSettings } from './execution-token.js';
import type { AllowedHosts } from './outbound/allowed-hosts.js';
import { makeResolve } from './outbound/resolve-name.js';
import { makeHttpRequest } from './http-request/http-request.js';
import type { TaskHandler } from './task-handler.js';

export type TaskBackends = EventsPublishPorts & {
  readonly token: TokenSettings;
  readonly connections: ResolveConnection;
  readonly allowedHosts: AllowedHosts;
  /** Undefined where FLOWS_DATA_POSTGRES_URL is not set. */
  readonly tableQuery: RunTableQuery | undefined;
  readonly mail: Pick<EmailSendPorts, 'server' | 'timeouts'>;
};

/**
 * Handlers of the task types this worker knows to execute; the other types answer `CAPABILITY_UNAVAILABLE`. Each of them
 * checks the token of its attempt first.
 */
export function makeTaskHandlers(backends: TaskBackends): ReadonlyMap<string, TaskHandler> {
  const handlers = [...handlersOf(backends)];
  return new Map(handlers.map(([id, handler]) => [id, touchingTenantData(handler, backends.token)]));
}

function handlersOf(backends: TaskBackends): ReadonlyMap<string, TaskHandler> {
  const { token, allowedHosts, connections, publish, eventTopics, tableQuery, mail } = backends;
  return new Map([
    ['http.request', makeHttpRequest({ allowedHosts })],
    ['db.query', touchingTenantData(makeDbQuery(tableQuery), token)],
    ['email.send', makeEmailSend({ ...mail, connections, allowedHosts, resolve: makeResolve() })],
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
