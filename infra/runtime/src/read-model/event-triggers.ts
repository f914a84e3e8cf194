import type { Pool, TenantScope } from '@flowplane/plumbing/postgres';
import { publicQuery, rowsOf, type RowOf } from './public-query.js';

export const EVENT_TRIGGERS = publicQuery({
  name: 'event-triggers',
  text: `
    SELECT tenant_id AS "tenantId", workspace_id AS "workspaceId", flow_id AS "flowId", trigger_id AS "triggerId", version,
           topic, topic_id AS "topicId", since, start_offsets::json AS "startOffsets", filter, dedupe_key AS "dedupeKey"
      FROM flows.event_triggers`,
  columns:
    'tenantId text, workspaceId text, flowId text, triggerId text, version int4, topic text, topicId text, since int8, startOffsets json, filter text?, dedupeKey text?',
});

export const LISTENED_TOPICS = publicQuery({
  name: 'listened-topics',
  text: `
    SELECT DISTINCT tenant_id AS "tenantId", workspace_id AS "workspaceId", event_type AS "eventType", topic
      FROM flows.event_triggers
     WHERE $1::text IS NULL OR (tenant_id = $1 AND workspace_id = $2)`,
  columns: 'tenantId text, workspaceId text, eventType text, topic text',
});

/**
 * A platform-event trigger in force. `topicId` is of the topic as it was published on, `since` the log offset of the
 * publish that began it: it tells it from an earlier one of the same trigger.
 */
export type EventRegistration = Omit<RowOf<(typeof EVENT_TRIGGERS)['columns']>, 'startOffsets'> & {
  /** Where it starts, by partition of the topic with `topicId`. */
  readonly startOffsets: readonly number[];
};

/** All platform-event triggers in force, of all tenants; EVENT_TRIGGERS_CHANNEL says when they change. */
export const eventRegistrations = async (pool: Pool) =>
  (await rowsOf(pool, EVENT_TRIGGERS)) as readonly EventRegistration[];

/** Topics that platform-event triggers in force listen to, of a workspace or of all. */
export const listenedTopics = (pool: Pool, scope?: TenantScope) =>
  rowsOf(pool, LISTENED_TOPICS, [scope?.tenantId ?? null, scope?.workspaceId ?? null]);
