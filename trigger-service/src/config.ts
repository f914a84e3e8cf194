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

export const ENTRIES = {
  ...CONNECTION_ENTRIES,
  ...HTTP_ENTRIES,
  ...COMMAND_LOG_ENTRIES,
  ...SECRET_KEY_ENTRIES,
  ...QUOTA_ENTRIES,
  ...INPUT_ENTRIES,
  /** Off: deliveries are answered 501 `TRIGGERS_DISABLED`. */
  triggersEnabled: flag('FLOWS_TRIGGERS', true),
  /** Evaluations of expressions of triggers at once. */
  exprThreads: integer('FLOWS_TRIGGER_EXPR_THREADS', 2, { min: 1, max: 16 }),
  /** The longest such evaluation, by the clock. */
  exprTimeoutMs: durationMs('FLOWS_TRIGGER_EXPR_TIMEOUT', 10_000),
  exprMaxLength: integer('FLOWS_EXPR_MAX_LENGTH', 4096, { min: 1 }),
  /** Consumer group of platform events; unset: `flows-trigger-consumer` under the prefix of our topics. */
  consumerGroup: optional(text('FLOW_TRIGGER_CONSUMER_GROUP')),
  /** Topic of dead letters of deliveries and platform events; unset: `flows.dlq.v1` under the prefix of our topics. */
  deadLetterTopic: optional(text('FLOWS_DLQ_TOPIC')),
  /** Retries of a start that a quota refused, after 1, 2, 4 … 60 s. */
  eventMaxRetries: integer('FLOWS_EVENT_MAX_RETRIES', 10, { min: 0, max: 1000 }),
  /** Pause between two looks at topics of platform events, and their partitions. */
  eventTopicsIntervalMs: durationMs('FLOWS_EVENT_TOPICS_INTERVAL', 5000),
  /** Flows that may follow each other by records. */
  eventMaxDepth: integer('FLOWS_EVENT_MAX_DEPTH', 16, { min: 0, max: 1_000_000 }),
  logLevel: oneOf('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
};

export type TriggerServiceConfig = ConfigOf<typeof ENTRIES>;

/** @throws InvalidConfig naming every faulty variable. */
export function readTriggerServiceConfig(env: Readonly<Record<string, string | undefined>>): TriggerServiceConfig {
  return readConfig(env, ENTRIES, connectionFaults);
}
