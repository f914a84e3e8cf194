import {
  COMMAND_LOG_ENTRIES,
  CONNECTION_ENTRIES,
  connectionFaults,
  durationMs,
  flag,
  HTTP_ENTRIES,
  INPUT_ENTRIES,
  integer,
  oneOf,
  optional,
  readConfig,
  SECRET_KEY_ENTRIES,
  text,
  type ConfigOf,
} from '@flowplane/plumbing/config';
import { QUOTA_ENTRIES } from '@flowplane/runtime/quotas';

const ENTRIES = {
  ...CONNECTION_ENTRIES,
  ...HTTP_ENTRIES,
  ...COMMAND_LOG_ENTRIES,
  ...SECRET_KEY_ENTRIES,
  ...QUOTA_ENTRIES,
  ...INPUT_ENTRIES,
  /** False: deliveries are answered 501 TRIGGERS_DISABLED. */
  triggersEnabled: flag('FLOWS_TRIGGERS', true),
  /** CEL of triggers: threads, the longest evaluation by the clock, the longest expression. */
  exprThreads: integer('FLOWS_TRIGGER_EXPR_THREADS', 2, { min: 1, max: 16 }),
  exprTimeoutMs: durationMs('FLOWS_TRIGGER_EXPR_TIMEOUT', 10_000),
  exprMaxLength: integer('FLOWS_EXPR_MAX_LENGTH', 4096, { min: 1 }),
  /** Consumer group; unset: `flows-trigger-consumer` under the prefix of our topics. */
  consumerGroup: optional(text('FLOW_TRIGGER_CONSUMER_GROUP')),
  /** Of deliveries and platform events; unset: `flows.dlq.v1` under the prefix of our topics. */
  deadLetterTopic: optional(text('FLOWS_DLQ_TOPIC')),
  eventMaxRetries: integer('FLOWS_EVENT_MAX_RETRIES', 10, { min: 0, max: 1000 }),
  /** Topics of platform events, and their partitions, are looked at as often. */
  eventTopicsIntervalMs: durationMs('FLOWS_EVENT_TOPICS_INTERVAL', 5000),
  eventMaxDepth: integer('FLOWS_EVENT_MAX_DEPTH', 16, { min: 0, max: 1_000_000 }),
  logLevel: oneOf('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
};

export type TriggerServiceConfig = ConfigOf<typeof ENTRIES>;

/** @throws InvalidConfig naming every faulty variable. */
export function readTriggerServiceConfig(env: Readonly<Record<string, string | undefined>>): TriggerServiceConfig {
  return readConfig(env, ENTRIES, connectionFaults);
}
