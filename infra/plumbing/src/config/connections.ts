import { RELEASES, THIS_RELEASE } from '@flowplane/contracts';
import { databaseUrl, durationMs, flag, integer, list, oneOf, optional, origins, text, url } from './entries.js';
import { isLoopback } from '../tls/index.js';
import { KAFKA_ENTRIES, kafkaFaults } from './kafka-connection.js';
import { configuredDatabase, PLAINTEXT_ENTRIES, plaintextFaults } from './plaintext.js';
import type { ConfigOf } from './read-config.js';
import { temporalFaults, temporalWasRead, usesTemporalTls, type TemporalValues } from './temporal-connection.js';

/**
 * The state database beside a read-model database: the same server, database `flowplane_state`.
 *
 * @param readUrl FLOWS_DB_URL
 * @param stateUrl FLOWS_STATE_DB_URL, if set
 */
export function stateDatabaseUrl(readUrl: string, stateUrl: string | undefined): string {
  if (stateUrl !== undefined) return stateUrl;
  const url = new URL(readUrl);
  url.pathname = '/flowplane_state';
  return url.toString();
}

/** Entries every process shares: where log and stores are, and how topics are named. */
export const CONNECTION_ENTRIES = {
  ...PLAINTEXT_ENTRIES,
  ...KAFKA_ENTRIES,
  /** What the names of our topics and consumer groups begin with. */
  topicPrefix: text('FLOWS_TOPIC_PREFIX', ''),
  /** Partitions of the topics of commands, events and runs; it must be the same for all processes, and stay so. */
  partitions: integer('FLOWS_PARTITIONS', 12, { min: 1, max: 10_000 }),
  /** Replicas of topics that are made; 3 in production. */
  replicationFactor: integer('FLOWS_REPLICATION_FACTOR', 1, { min: 1, max: 99 }),
  /** Allows one replica although `NODE_ENV=production`. */
  allowSingleReplica: flag('FLOWS_ALLOW_SINGLE_REPLICA', false),
  /** Database of the read models, which can be built again from the log. */
  readDbUrl: databaseUrl('FLOWS_DB_URL'),
  /** Database of what cannot be built again from the log; unset: `flowplane_state` on the server of `FLOWS_DB_URL`. */
  stateDbUrl: optional(databaseUrl('FLOWS_STATE_DB_URL')),
  /** Silence after which the partitions of a process are given to others. */
  groupSessionMs: durationMs('FLOWS_GROUP_SESSION', 3000),
  /** The oldest release that runs beside this one: nothing is written that its readers do not know. */
  writeAs: oneOf('FLOWS_WRITE_AS', RELEASES, THIS_RELEASE),
};

/** Check of every process that uses log and stores: their settings go together, and are fit for production. */
export function connectionFaults(config: Partial<ConfigOf<typeof CONNECTION_ENTRIES>>): readonly string[] {
  return [
    ...kafkaFaults(config),
    ...replicaFaults(config),
    ...plaintextFaults(config, [
      {
        variable: 'KAFKA_BROKERS',
        addresses: config.kafkaBrokers ?? [],
        encrypted: config.kafkaSsl !== false,
        remedy: 'set KAFKA_SSL=1',
      },
      ...configuredDatabase('FLOWS_DB_URL', config.readDbUrl),
      ...configuredDatabase('FLOWS_STATE_DB_URL', config.stateDbUrl),
    ]),
  ];
}

/** One replica is one disk: in production, on brokers elsewhere, an operator has to say that this is meant. */
function replicaFaults(config: Partial<ConfigOf<typeof CONNECTION_ENTRIES>>): readonly string[] {
  const { nodeEnv, kafkaBrokers = [], replicationFactor = 1, allowSingleReplica } = config;
  if (nodeEnv !== 'production' || replicationFactor > 1 || allowSingleReplica === true) return [];
  if (kafkaBrokers.every(isLoopback)) return [];
  return [
    'FLOWS_REPLICATION_FACTOR is 1, which NODE_ENV=production refuses: a lost disk would lose the log. Set it to 3, or ' +
      'insist with FLOWS_ALLOW_SINGLE_REPLICA=1',
  ];
}

/** Check of every client of the engine. */
export function engineFaults(
  config: Partial<ConfigOf<typeof PLAINTEXT_ENTRIES> & TemporalValues & { readonly temporalAddress: string }>,
): readonly string[] {
  const { temporalAddress } = config;
  return [
    ...temporalFaults(config),
    ...plaintextFaults(config, [
      {
        variable: 'TEMPORAL_ADDRESS',
        addresses: temporalAddress === undefined ? [] : [temporalAddress],
        encrypted: usesTemporalTls(config) || !temporalWasRead(config),
        remedy: 'set TEMPORAL_TLS=1',
      },
    ]),
  ];
}

/** Entries of every process that listens for HTTP. */
export const HTTP_ENTRIES = {
  /** Port that is listened on; 0: any free one. */
  port: integer('PORT', 8080, { min: 0, max: 65_535 }),
  /** Address that is listened on. */
  host: text('HOST', '127.0.0.1'),
  /** What the gateway proves itself with: identity headers count only beside it. */
  gatewaySecret: optional(text('GATEWAY_SHARED_SECRET')),
  /**
   * Whether identity headers of a gateway are believed; unset: with a gateway's secret, or where there are no tokens.
   */
  trustGatewayHeaders: optional(flag('FLOWS_TRUST_GATEWAY_HEADERS')),
  /** Where the keys that sign bearer tokens are; unset: no bearer tokens. */
  jwksUrl: optional(url('FLOWS_JWKS_URL')),
  /** Issuer that a token must name; unset: any. */
  jwtIssuer: optional(text('FLOWS_JWT_ISSUER')),
  /** Audience that a token must name; unset: any. */
  jwtAudience: optional(text('FLOWS_JWT_AUDIENCE')),
  /** How far the times of a token may be off. */
  jwtLeewayMs: durationMs('FLOWS_JWT_LEEWAY', 30_000, { max: 600_000 }),
  /**
   * What a credential that is bound to another workspace than the path gets: `strict`: 403; `identity`: its own
   * workspace, in silence.
   */
  workspaceBinding: oneOf('FLOWS_WORKSPACE_BINDING', ['strict', 'identity'], 'strict'),
  /**
   * Whose a workspace is: `claim`: of the tenant that first uses it; `strict`: only registered ones exist; `off`:
   * nobody's, ids must then be unique by other means.
   */
  workspaceRegistry: oneOf('FLOWS_WORKSPACE_REGISTRY', ['claim', 'strict', 'off'], 'claim'),
  /** How long a request without `Prefer` waits for the outcome of its command, before it is answered 202. */
  commandWaitMs: durationMs('FLOWS_COMMAND_WAIT', 10_000),
  /** Bytes of the body of a request, and of a draft as compact JSON. */
  maxBodyBytes: integer('FLOWS_MAX_BODY_BYTES', 4_000_000, { min: 1 }),
  /** Members and items of a body in JSON, of a record of a platform event, and of a definition. */
  maxJsonValues: integer('FLOWS_MAX_JSON_VALUES', 100_000, { min: 1000 }),
  /** How long a client may take to read one part of an answer that is sent in parts. */
  answerStallMs: durationMs('FLOWS_ANSWER_STALL', 30_000, { min: 1, max: 3_600_000 }),
  /** How long a client may take to read a whole answer; event streams excepted. */
  answerTimeoutMs: durationMs('FLOWS_ANSWER_TIMEOUT', 300_000, { min: 1, max: 86_400_000 }),
  /** Pages of these origins may use the API. */
  corsOrigins: origins('FLOWS_CORS_ORIGINS', []),
  /** Off: the routes of flows do not exist (404 `NO_ROUTE`). */
  enabled: flag('FLOWS_ENABLED', true),
};

/** Entries of every process that assembles answers out of what is stored. */
export const ANSWER_ENTRIES = {
  /** Bytes of answers that may be in memory at once. */
  answerMaxBytes: integer('FLOWS_ANSWER_MAX_BYTES', 134_217_728, { min: 16_777_216 }),
  /** How long a request waits for room among them. */
  answerWaitMs: durationMs('FLOWS_ANSWER_WAIT_TIMEOUT', 5000, { max: 60_000 }),
};

/** Entries of every process that appends commands. */
export const COMMAND_LOG_ENTRIES = {
  /** Age of the oldest event that the read models lack, above which commands are refused. */
  maxLagMs: durationMs('FLOWS_MAX_LAG', 2000),
  /** Commands of a partition that may wait for their decision, whichever process appended them. */
  maxPendingCommands: integer('FLOWS_MAX_PENDING_COMMANDS', 20_000, { min: 1 }),
};

/** Entries of every process that encrypts or decrypts secrets of webhooks; `secretKeysOf` in contracts takes them. */
export const SECRET_KEY_ENTRIES = {
  /** Key that secrets of webhooks are encrypted with; unset: there are no webhooks. */
  triggerSecretKey: optional(text('FLOW_TRIGGER_SECRET_KEY')),
  /** Keys that were in use before; they decrypt until all secrets are encrypted with the new key. */
  previousTriggerSecretKeys: list('FLOW_TRIGGER_SECRET_KEYS_PREVIOUS', []),
};
