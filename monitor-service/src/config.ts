import {
  ANSWER_ENTRIES,
  CONNECTION_ENTRIES,
  connectionFaults,
  durationMs,
  flag,
  HTTP_ENTRIES,
  integer,
  optional,
  readConfig,
  text,
  url,
  type ConfigOf,
} from '@flowplane/plumbing/config';

export const ENTRIES = {
  ...CONNECTION_ENTRIES,
  ...HTTP_ENTRIES,
  ...ANSWER_ENTRIES,
  /** Off: the stream route answers 501 `FLOW_MONITORING_DISABLED`. */
  monitoring: flag('FLOWS_MONITORING', true),
  /** Pause after which an idle stream gets a comment, so that nobody between cuts it. */
  ssePingMs: durationMs('FLOWS_SSE_PING', 25_000),
  /** A client that takes nothing for this long is dropped. */
  sseStallMs: durationMs('FLOWS_SSE_STALL', 60_000),
  /** Frames that may wait for one slow stream before it reads from the store again. */
  sseMaxWaiting: integer('FLOWS_SSE_MAX_WAITING', 1000, { min: 1 }),
  /** Records of the events log that a stream of a workspace may be behind when it opens. */
  sseMaxBacklog: integer('FLOWS_SSE_MAX_BACKLOG', 100_000, { min: 0 }),
  /** Tenant that the console signs in as by itself where gateway headers are believed; for local use. */
  consoleTenant: optional(text('FLOWS_CONSOLE_TENANT')),
  /** Provider of identities at which people sign in to the console, by code and PKCE; its tokens are those of FLOWS_JWKS_URL. */
  oidcIssuer: optional(url('FLOWS_OIDC_ISSUER')),
  /** Id of the console at that provider; set together with it. */
  oidcClientId: optional(text('FLOWS_OIDC_CLIENT_ID')),
  /** Scopes that the console asks the provider for, with blanks; `openid` is among them. */
  oidcScope: text('FLOWS_OIDC_SCOPE', 'openid'),
  /** Audience that the console asks the provider to name in its tokens; unset: none is asked for. */
  oidcAudience: optional(text('FLOWS_OIDC_AUDIENCE')),
  /** Memory of a live tail, over all partitions; there are two. */
  tailMaxBytes: integer('FLOWS_TAIL_MAX_BYTES', 64 * 1024 * 1024, { min: 1024 }),
};

export type MonitorConfig = ConfigOf<typeof ENTRIES>;

/** @throws InvalidConfig naming every faulty variable. */
export function readMonitorConfig(env: Readonly<Record<string, string | undefined>>): MonitorConfig {
  return readConfig(env, ENTRIES, (config) => [...connectionFaults(config), ...oidcFaults(config)]);
}

function oidcFaults({ oidcIssuer, oidcClientId, oidcScope, jwksUrl }: Partial<MonitorConfig>): readonly string[] {
  if (oidcScope !== undefined && !oidcScope.split(' ').includes('openid')) {
    return ['FLOWS_OIDC_SCOPE must have openid among its scopes: without it nobody signs in'];
  }
  if (oidcIssuer === undefined && oidcClientId === undefined) return [];
  if (oidcIssuer === undefined || oidcClientId === undefined) {
    return ['FLOWS_OIDC_ISSUER and FLOWS_OIDC_CLIENT_ID are set together or not at all'];
  }
  return jwksUrl === undefined ? ['FLOWS_OIDC_ISSUER needs FLOWS_JWKS_URL: its tokens would be refused'] : [];
}
