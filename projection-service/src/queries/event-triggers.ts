import type { Call, PartsAnswer } from '@flowplane/runtime/api';
import { bytesOf, holdRows, wholeAnswer, type BoundedScope } from './bounded-rows.js';
import { MAX_PAGE_SIZE } from './paging.js';

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
export async function listEventTriggers(scope: BoundedScope, call: Call): Promise<PartsAnswer> {
  const behind = async (row?: TriggerRecord) => {
    const after = row === undefined ? [] : [row.flow_id, row.trigger_id];
    const select = row === undefined ? TRIGGERS : `${TRIGGERS} AND (flow_id, trigger_id) > ($3, $4)`;
    const values = [call.tenantId, call.workspaceId, ...after];
    return holdRows<TriggerRecord>(scope, call, { select, order: 'flow_id, trigger_id', values, limit: MAX_PAGE_SIZE });
  };
  const first = await behind();
  if (first === undefined) throw new TypeError('a list of triggers is always there');
  return wholeAnswer(first, (rows) => rows.map((row) => JSON.stringify(triggerOf(row))), behind);
}

const triggerOf = (row: TriggerRecord) => ({
  triggerId: row.trigger_id,
  flowId: row.flow_id,
  version: row.version,
  eventType: row.event_type,
  topicRef: row.topic,
  filter: row.filter,
  dedupeKey: row.dedupe_key,
});
