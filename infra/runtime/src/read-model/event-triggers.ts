import type { Pool, TenantScope } from '@flowplane/plumbing/postgres';
import { publicQuery, rowsOf } from './public-query.js';

export const EVENT_TRIGGERS = publicQuery({
  name: 'event-triggers',
  text: `
    SELECT tenant_id, workspace_id, flow_id, trigger_id, version, topic, topic_id, since, start_offsets, filter, dedupe_key
      FROM flows.event_triggers`,
  columns: {
    tenant_id: 'text',
    workspace_id: 'text',
    flow_id: 'text',
    trigger_id: 'text',
    version: 'int4',
    topic: 'text',
    topic_id: 'text',
    since: 'int8',
    start_offsets: 'text',
    filter: 'text?',
    dedupe_key: 'text?',
  },
});

/** A platform-event trigger in force. */
export type EventRegistration = TenantScope & {
  readonly flowId: string;
  readonly triggerId: string;
  readonly version: number;
  readonly topic: string;
  /** Of the topic as it was published on. */
  readonly topicId: string;
  /** Log offset of the publish that began it: tells it from an earlier one of the same trigger. */
  readonly since: number;
  /** Where it starts, by partition of the topic with `topicId`. */
  readonly startOffsets: readonly number[];
  readonly filter: string | null;
  readonly dedupeKey: string | null;
};

/** All platform-event triggers in force, of all tenants; EVENT_TRIGGERS_CHANNEL says when they change. */
export async function eventRegistrations(pool: Pool): Promise<readonly EventRegistration[]> {
  return (await rowsOf(pool, EVENT_TRIGGERS)).map((row) => ({
    tenantId: row.tenant_id,
    workspaceId: row.workspace_id,
    flowId: row.flow_id,
    triggerId: row.trigger_id,
    version: row.version,
    topic: row.topic,
    topicId: row.topic_id,
    since: Number(row.since),
    startOffsets: JSON.parse(row.start_offsets) as number[],
    filter: row.filter,
    dedupeKey: row.dedupe_key,
  }));
}
