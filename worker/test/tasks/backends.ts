import type { Connection, ConnectionKind } from '@flowplane/contracts';
import { makeLogger } from '@flowplane/plumbing/logging';
import {
  connectionNotFound,
  noConnections,
  type ResolveConnection,
} from '../../src/tasks/connections/resolve-connection.js';
import type { HttpRequestOptions } from '../../src/tasks/http-request/http-request.js';
import { makeResponseSchemas } from '../../src/tasks/http-request/response-schemas.js';
import type { BackendRules } from '../../src/tasks/outbound/backend-call.js';
import { parseAllowedHosts } from '../../src/tasks/outbound/allowed-hosts.js';
import type { Resolve } from '../../src/tasks/outbound/checked-target.js';
import { makeOauthTokens } from '../../src/tasks/outbound/oauth-tokens.js';
import type { TaskBackends } from '../../src/tasks/task-handlers.js';
import { PLAIN_TOPICS, TOKEN_SETTINGS } from './attempts.js';

/** FLOWS_MAX_TASK_IO_BYTES. */
export const MAX_IO_BYTES = 2_097_152;

/** A resolver that knows no name. */
export const noNames: Resolve = (name) => Promise.reject(Object.assign(new Error(name), { code: 'ENOTFOUND' }));

/** The connections of every workspace. */
export const connectionsOf =
  (...known: readonly Connection[]): ResolveConnection =>
  <K extends ConnectionKind>(kind: K, name: string) => {
    const found = known.find((one) => one.name === name && one.kind === kind);
    return found === undefined ? Promise.reject(connectionNotFound(name)) : Promise.resolve(found as Connection<K>);
  };

const responseSchemas = makeResponseSchemas({
  logger: makeLogger({ service: 'test', level: 'silent' }),
  threadFile: new URL('../../dist/tasks/http-request/response-schema-thread.js', import.meta.url),
});

/** @param allow FLOWS_HTTP_ALLOW_HOSTS */
export const outboundRules = (allow: readonly string[], resolve: Resolve = noNames): BackendRules => ({
  ...{ allowedHosts: parseAllowedHosts(allow), resolve },
});

/** What `http.request` needs, with no connection and no name. */
export function httpOptions(
  allow: readonly string[],
  { resolve = noNames, ...over }: Partial<HttpRequestOptions> = {},
): HttpRequestOptions {
  const rules = outboundRules(allow, resolve);
  const oauthTokens = makeOauthTokens(rules);
  return { ...rules, oauthTokens, connections: noConnections, responseSchemas, maxIoBytes: MAX_IO_BYTES, ...over };
}

/** Backends of a worker for which nothing is configured. */
export function unconfiguredBackends(over: Partial<TaskBackends> = {}): TaskBackends {
  const rules = outboundRules([]);
  const timeoutMs = 10_000;
  const allowedModels = () => Promise.resolve(undefined);
  return {
    token: TOKEN_SETTINGS,
    connections: noConnections,
    http: httpOptions([]),
    functions: { ...rules, url: undefined, timeoutMs },
    llm: { ...rules, url: undefined, apiKey: undefined, models: undefined, allowedModels, timeoutMs },
    mail: {
      ...rules,
      server: undefined,
      timeouts: { connectMs: timeoutMs, greetingMs: timeoutMs, socketMs: timeoutMs },
    },
    publish: () => Promise.resolve(),
    eventTopics: PLAIN_TOPICS,
    tableQuery: undefined,
    ...over,
  };
}
