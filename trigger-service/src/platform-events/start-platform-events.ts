import type { TopicName } from '@flowplane/contracts';
import type { CommandLog } from '@flowplane/runtime/commands';
import type { KafkaClient } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Pool } from '@flowplane/plumbing/postgres';
import type { Fatal } from '@flowplane/plumbing/process';
import type { Metrics } from '@flowplane/plumbing/telemetry';
import type { DeadLetters } from '@flowplane/runtime/dead-letters';
import { makeWorkspaceOwners } from '@flowplane/runtime/tenancy';
import type { TriggerServiceConfig } from '../config.js';
import type { TriggerExpressions } from '../expressions/trigger-expressions.js';
import type { StartQuotas } from '@flowplane/runtime/quotas';
import type { TriggerEvents } from '../trigger-metrics.js';
import { makeEventPositions, migrateTriggers } from './event-positions.js';
import { makeJudgeRecord } from './judge-record.js';
import { openPlatformEvents } from './open-platform-events.js';

export type PlatformEventsParts = {
  readonly config: TriggerServiceConfig;
  readonly kafka: KafkaClient;
  readonly log: CommandLog;
  readonly topics: Readonly<Record<TopicName, string>>;
  readonly deadLetters: DeadLetters;
  readonly readPool: Pool;
  readonly statePool: Pool;
  readonly expressions: TriggerExpressions;
  readonly fired: TriggerEvents;
  readonly quotas: StartQuotas;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly fatal: Fatal;
};

/** The part of the trigger-service that starts runs from records of platform-event topics (flows-api 11). */
export async function startPlatformEvents(
  parts: PlatformEventsParts,
): Promise<{ readonly close: () => Promise<void> }> {
  const { config, kafka, log, topics, statePool, metrics, logger } = parts;
  await migrateTriggers(statePool);
  const events = openPlatformEvents({
    ...{ kafka, logger, readPool: parts.readPool, readDbUrl: config.readDbUrl },
    send: log,
    decided: log.tail.decided,
    judge: makeJudgeRecord({
      ownerOf: makeWorkspaceOwners(statePool).ownerOf,
      withoutOwners: config.workspaceRegistry === 'off',
      ask: parts.expressions.ask,
      maxDepth: config.eventMaxDepth,
      maxJsonValues: config.maxJsonValues,
    }),
    verdictOf: parts.quotas,
    deadLetters: parts.deadLetters,
    count: (outcome, records = 1) => parts.fired.inc({ kind: 'platform_event', outcome }, records),
    lookEveryMs: config.eventTopicsIntervalMs,
    maxRetries: config.eventMaxRetries,
    strictInputs: config.strictInputs,
    now: Date.now,
    onFatal: (cause) => parts.fatal(cause, 'platform events cannot go on'),
    positions: makeEventPositions(statePool),
    groupId: config.consumerGroup ?? `${config.topicPrefix}flows-trigger-consumer`,
    slotsTopic: topics.commands,
    slots: config.partitions,
    sessionTimeoutMs: config.groupSessionMs,
  });
  gaugeLag(metrics, events.lag);
  return { close: events.close };
}

function gaugeLag(metrics: Metrics, lag: () => number): void {
  const gauge = metrics.gauge({
    name: 'flows_trigger_lag_records',
    help: 'Records of platform-event topics, in the share of this process, that are not decided for good.',
  });
  Object.assign(gauge, { collect: () => gauge.set(lag()) });
}
