import type { Answer, Statement } from '@flowplane/plumbing/postgres';
import type { ControlKnown, ControlNeeds } from '../domain/control-batch.js';
import { scheduleRowOf, type ScheduleRecord } from './schedule-record.js';
import type { WebhookRow } from '../domain/fold-webhooks.js';
import { flowKeyOf, type FlowKey } from '../domain/logged-event.js';
import type { EarlierOutcome } from '../domain/fold-commands.js';
import { byTemplate, KNOWN_TEMPLATES, templateKeys, type TemplateRecord } from './template-record.js';
import { webhookRowOf, type WebhookRecord } from './webhook-record.js';
import { flowRowOf, type FlowRecord } from './flow-record.js';

const FLOWS = `
  SELECT f.* FROM flows f
    JOIN json_to_recordset($1) AS k("tenantId" text, "workspaceId" text, "flowId" text)
      ON f.tenant_id = k."tenantId" AND f.workspace_id = k."workspaceId" AND f.flow_id = k."flowId"`;

const SCHEDULES = `
  SELECT s.* FROM schedules s
    JOIN json_to_recordset($1) AS k("tenantId" text, "workspaceId" text, "flowId" text)
      ON s.tenant_id = k."tenantId" AND s.workspace_id = k."workspaceId" AND s.flow_id = k."flowId"`;

const GENERATIONS = `
  SELECT f.tenant_id || ':' || f.workspace_id || ':' || f.flow_id AS key, f.generation FROM flows f
    JOIN json_to_recordset($1) AS k("tenantId" text, "workspaceId" text, "flowId" text)
      ON f.tenant_id = k."tenantId" AND f.workspace_id = k."workspaceId" AND f.flow_id = k."flowId"`;

const OUTCOMES =
  'SELECT command_id, status, http_status, result, error, execution_id, secret_ids, actor_id FROM commands WHERE command_id = ANY ($1)';

const DENIALS = `
  SELECT d.tenant_id || '/' || d.minute AS key, d.denied FROM audit_denials d
    JOIN json_to_recordset($1) AS k("tenantId" text, minute bigint)
      ON d.tenant_id = k."tenantId" AND d.minute = k.minute`;

const WEBHOOKS = `
  SELECT w.* FROM webhook_triggers w
    JOIN json_to_recordset($1) AS k("tenantId" text, "workspaceId" text, "flowId" text)
      ON w.tenant_id = k."tenantId" AND w.workspace_id = k."workspaceId" AND w.flow_id = k."flowId"`;

type OutcomeRecord = {
  readonly command_id: string;
  readonly status: EarlierOutcome['status'];
  readonly http_status: number | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly execution_id: string | null;
  readonly secret_ids: readonly string[];
  readonly actor_id: string;
};

/**
 * What reads what a batch builds on; nothing is asked where nothing is needed.
 *
 * @returns statements, and what their answers, one per statement in order, say
 */
export function controlReads(needs: ControlNeeds): {
  readonly statements: readonly Statement[];
  readonly known: (answers: readonly Answer[]) => ControlKnown;
} {
  const asked = [
    ...read('known-flows', FLOWS, needs.flows, flowKeys),
    ...read('known-generations', GENERATIONS, needs.generations, flowKeys),
    ...read('known-schedules', SCHEDULES, needs.schedules, flowKeys),
    ...read('known-outcomes', OUTCOMES, needs.outcomes, (ids) => [...ids]),
    ...read('known-denials', DENIALS, needs.denials, denialKeys),
    ...read('known-webhooks', WEBHOOKS, needs.webhooks, flowKeys),
    ...read('known-templates', KNOWN_TEMPLATES, needs.templates, templateKeys),
  ];
  return {
    statements: asked,
    known: (answers) => {
      const rowsOf = <T>(name: string): readonly T[] =>
        (answers[asked.findIndex((statement) => statement.name === name)]?.rows ?? []) as unknown as readonly T[];
      const flows = rowsOf<FlowRecord>('known-flows');
      const generations = rowsOf<{ key: string; generation: string }>('known-generations');
      const schedules = rowsOf<ScheduleRecord>('known-schedules');
      const outcomes = rowsOf<OutcomeRecord>('known-outcomes');
      const denials = rowsOf<{ key: string; denied: string }>('known-denials');
      const webhooks = rowsOf<WebhookRecord>('known-webhooks').map(webhookRowOf);
      return {
        webhooks: byFlow(webhooks),
        templates: byTemplate(rowsOf<TemplateRecord>('known-templates')),
        flows: new Map(flows.map((row) => [`${row.tenant_id}:${row.workspace_id}:${row.flow_id}`, flowRowOf(row)])),
        schedules: new Map(
          schedules.map((row) => [`${row.tenant_id}:${row.workspace_id}:${row.flow_id}`, scheduleRowOf(row)]),
        ),
        generations: new Map(generations.map((row) => [row.key, Number(row.generation)])),
        outcomes: new Map(outcomes.map((row) => [row.command_id, outcomeOf(row)])),
        denials: new Map(denials.map((row) => [row.key, Number(row.denied)])),
      };
    },
  };
}

const read = (
  name: string,
  text: string,
  keys: ReadonlySet<string>,
  valueOf: (keys: ReadonlySet<string>) => unknown,
): readonly Statement[] => (keys.size === 0 ? [] : [{ name, text, values: [valueOf(keys)] }]);

function flowKeys(keys: ReadonlySet<string>): string {
  return JSON.stringify(
    [...keys].map((key) => {
      const [tenantId, workspaceId, flowId] = key.split(':');
      return { tenantId, workspaceId, flowId };
    }),
  );
}

function denialKeys(keys: ReadonlySet<string>): string {
  return JSON.stringify(
    [...keys].map((key) => {
      const [tenantId, minute] = key.split('/');
      return { tenantId, minute: Number(minute) };
    }),
  );
}

function byFlow(rows: readonly WebhookRow[]): ReadonlyMap<FlowKey, readonly WebhookRow[]> {
  const flows = new Map<FlowKey, WebhookRow[]>();
  for (const row of rows) {
    const key = flowKeyOf(row.tenantId, row.workspaceId, row.flowId);
    const ofFlow = flows.get(key);
    if (ofFlow === undefined) flows.set(key, [row]);
    else ofFlow.push(row);
  }
  return flows;
}

const outcomeOf = (row: OutcomeRecord): EarlierOutcome => ({
  status: row.status,
  httpStatus: row.http_status,
  result: row.result,
  error: row.error,
  executionId: row.execution_id,
  secretIds: row.secret_ids,
  actorId: row.actor_id,
});
