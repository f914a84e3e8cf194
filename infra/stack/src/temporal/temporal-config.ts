import type { TemporalSecurity } from '../stack-security.js';

/** The part that takes requests of the server's own parts where those of others are authorised. */
export const INTERNAL_FRONTEND = 'internal-frontend';

/** The loopback ports of one Temporal server: each of its four parts has one for requests and one for membership. */
export interface TemporalPorts {
  readonly frontend: number;
  /** Nine more: membership of the frontend, then request and membership of history, matching, worker and, where
   * requests are authorised, of the frontend that the server's own parts use. */
  readonly internal: readonly number[];
}

/** Its two databases. */
export const TEMPORAL_DATABASE = 'temporal';
export const VISIBILITY_DATABASE = 'temporal_visibility';

// Fixed for the life of the data: 4 are plenty for one machine, and each shard costs memory and polling.
export const HISTORY_SHARDS = 4;

/** The server's configuration as an object; JSON, which is YAML too, is what it is written as. */
export function temporalConfig(options: {
  readonly ports: TemporalPorts;
  readonly postgresPort: number;
  readonly user: string;
  readonly password: string;
  readonly dynamicConfigFile: string;
  /** Loopback port on which its metrics can be read; default: none. */
  readonly metricsPort?: number;
  readonly security?: TemporalSecurity;
}): unknown {
  const { ports, security, metricsPort } = options;
  const sql = (databaseName: string, maxConns: number): unknown => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: `127.0.0.1:${options.postgresPort}`,
      connectProtocol: 'tcp',
      user: options.user,
      password: options.password,
      maxConns,
      maxIdleConns: maxConns,
      maxConnLifetime: '1h',
    },
  });
  const rpc = (grpcPort: number | undefined, membershipPort: number | undefined): unknown => ({
    rpc: { grpcPort, membershipPort, bindOnLocalHost: true },
  });
  const [frontendMembership, history, historyMembership, matching, matchingMembership, worker, workerMembership] =
    ports.internal;
  const [inner, innerMembership] = ports.internal.slice(7);
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      numHistoryShards: HISTORY_SHARDS,
      defaultStore: 'default',
      visibilityStore: 'visibility',
      datastores: { default: sql(TEMPORAL_DATABASE, 20), visibility: sql(VISIBILITY_DATABASE, 10) },
    },
    global: {
      membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' },
      ...(metricsPort === undefined ? {} : { metrics: { prometheus: { listenAddress: `127.0.0.1:${metricsPort}` } } }),
      ...security?.global,
    },
    services: {
      frontend: rpc(ports.frontend, frontendMembership),
      history: rpc(history, historyMembership),
      matching: rpc(matching, matchingMembership),
      worker: rpc(worker, workerMembership),
      ...(security === undefined ? {} : { [INTERNAL_FRONTEND]: rpc(inner, innerMembership) }),
    },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `127.0.0.1:${ports.frontend}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } },
    ...(security === undefined ? { publicClient: { hostPort: `127.0.0.1:${ports.frontend}` } } : {}),
    dynamicConfigClient: { filepath: options.dynamicConfigFile, pollInterval: '10s' },
  };
}
