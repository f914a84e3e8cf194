import { fileURLToPath } from 'node:url';
import { triggerTopic } from '@flowplane/contracts';
import { integer } from '@flowplane/plumbing/config';
import { existingTopics, type KafkaClient } from '@flowplane/plumbing/kafka';
import { migrate, type Pool } from '@flowplane/plumbing/postgres';
import { listenedTopics } from '../read-model/index.js';
import { makeEventTopics, type EventTopics } from './event-topics.js';

export const EVENT_TOPIC_ENTRIES = {
  /** Topics of platform events that a workspace may use, for its triggers and its tasks together. */
  maxEventTopics: integer('FLOWS_MAX_EVENT_TOPICS', 100, { min: 1, max: 10_000 }),
};

/** What `migrate` needs for the registry's schema; the path is right from `src` as from `dist`. */
export const EVENT_TOPIC_MIGRATIONS = {
  schema: 'event_topics',
  directory: fileURLToPath(new URL('../../migrations/event-topics', import.meta.url)),
} as const;

/** Opens the registry of topics in the state database, whose schema `event_topics` it brings up to date. */
export async function openEventTopics(options: {
  readonly statePool: Pool;
  readonly readPool: Pool;
  readonly kafka: KafkaClient;
  /** FLOWS_MAX_EVENT_TOPICS */
  readonly limit: number;
}): Promise<EventTopics> {
  const { statePool, readPool, kafka, limit } = options;
  await migrate(statePool, EVENT_TOPIC_MIGRATIONS);
  return makeEventTopics({
    ...{ pool: statePool, limit },
    existing: (topics) => existingTopics(kafka, topics),
    listenedTo: async (scope) =>
      (await listenedTopics(readPool, scope)).map(({ eventType, ...row }) => ({
        ...row,
        plainName: triggerTopic(row.tenantId, row.workspaceId, eventType).name,
      })),
  });
}
