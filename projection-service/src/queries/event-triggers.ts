import type { Call, PartsAnswer } from '@flowplane/runtime/api';
import { bytesOf, type BoundedScope } from './bounded-rows.js';
import { listTriggers } from './trigger-list.js';

type TriggerRecord = {
  readonly trigger_id: string;
  readonly flow_id: string;
  readonly version: number;
  readonly event_type: string;
  readonly topic: string;
  readonly filter: string | null;
  readonly dedupe_key: string | null;
};

const TRIGGERS = `
  SELECT trigger_id, flow_id, version, event_type, topic, filter, dedupe_key,
         ${bytesOf('trigger_id', 'flow_id', 'event_type', 'topic', 'filter', 'dedupe_key')} AS bytes
    FROM event_triggers WHERE tenant_id = $1 AND workspace_id = $2`;

/** GET /triggers/events */
export const listEventTriggers = (scope: BoundedScope, call: Call): Promise<PartsAnswer> =>
  listTriggers<TriggerRecord>(scope, call, { select: TRIGGERS, order: ['flow_id', 'trigger_id'], shown: triggerOf });

const triggerOf = (row: TriggerRecord) => ({
  triggerId: row.trigger_id,
  flowId: row.flow_id,
  version: row.version,
  eventType: row.event_type,
  topicRef: row.topic,
  filter: row.filter,
  dedupeKey: row.dedupe_key,
});
