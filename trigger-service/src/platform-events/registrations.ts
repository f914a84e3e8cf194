import type { Pool } from '@flowplane/plumbing/postgres';
import type { EventRegistration } from './event-registration.js';

type Row = {
  readonly tenant_id: string;
  readonly workspace_id: string;
  readonly flow_id: string;
  readonly trigger_id: string;
  readonly version: number;
  readonly topic: string;
  readonly topic_id: string;
  readonly since: string;
  readonly start_offsets: string;
  readonly filter: string | null;
  readonly dedupe_key: string | null;
};

/** Channel on which the read models tell of changed registrations. */
export const REGISTRATIONS_CHANNEL = 'flows_event_triggers';

/** All platform-event triggers in force, of all tenants. */
export async function loadRegistrations(readPool: Pool): Promise<readonly EventRegistration[]> {
  const { rows } = await readPool.query<Row>(
    `SELECT tenant_id, workspace_id, flow_id, trigger_id, version, topic, topic_id, since, start_offsets, filter, dedupe_key
       FROM flows.event_triggers`,
  );
  return rows.map((row) => ({
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
