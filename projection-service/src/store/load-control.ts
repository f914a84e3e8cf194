import type { Queryable } from '@flowplane/infra/postgres';
import type { ControlKnown, ControlNeeds } from '../domain/control-batch.js';
import type { RecordedOutcome } from '../domain/fold-commands.js';
import { flowRowOf, type FlowRecord } from './flow-record.js';

const FLOWS = `
  SELECT f.* FROM flows f
    JOIN json_to_recordset($1) AS k("tenantId" text, "workspaceId" text, "flowId" text)
      ON f.tenant_id = k."tenantId" AND f.workspace_id = k."workspaceId" AND f.flow_id = k."flowId"`;

const GENERATIONS = `
  SELECT f.tenant_id || ':' || f.workspace_id || ':' || f.flow_id AS key, f.generation FROM flows f
    JOIN json_to_recordset($1) AS k("tenantId" text, "workspaceId" text, "flowId" text)
      ON f.tenant_id = k."tenantId" AND f.workspace_id = k."workspaceId" AND f.flow_id = k."flowId"`;

const OUTCOMES =
  'SELECT command_id, status, http_status, result, error, execution_id FROM commands WHERE command_id = ANY ($1)';

const DENIALS = `
  SELECT d.tenant_id || '/' || d.minute AS key, d.denied FROM audit_denials d
    JOIN json_to_recordset($1) AS k("tenantId" text, minute bigint)
      ON d.tenant_id = k."tenantId" AND d.minute = k.minute`;

type OutcomeRecord = {
  readonly command_id: string;
  readonly status: RecordedOutcome['status'];
  readonly http_status: number | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly execution_id: string | null;
};

/** Reads what a batch builds on; nothing is asked where nothing is needed. */
export async function loadControl(client: Queryable, needs: ControlNeeds): Promise<ControlKnown> {
  const flows =
    needs.flows.size === 0 ? [] : await query<FlowRecord>(client, 'known-flows', FLOWS, flowKeys(needs.flows));
  const generations =
    needs.generations.size === 0
      ? []
      : await query<{ key: string; generation: string }>(
          client,
          'known-generations',
          GENERATIONS,
          flowKeys(needs.generations),
        );
  const outcomes =
    needs.outcomes.size === 0
      ? []
      : await query<OutcomeRecord>(client, 'known-outcomes', OUTCOMES, [...needs.outcomes]);
  const denials =
    needs.denials.size === 0
      ? []
      : await query<{ key: string; denied: string }>(client, 'known-denials', DENIALS, denialKeys(needs.denials));
  return {
    flows: new Map(flows.map((row) => [`${row.tenant_id}:${row.workspace_id}:${row.flow_id}`, flowRowOf(row)])),
    generations: new Map(generations.map((row) => [row.key, Number(row.generation)])),
    outcomes: new Map(outcomes.map((row) => [row.command_id, outcomeOf(row)])),
    denials: new Map(denials.map((row) => [row.key, Number(row.denied)])),
  };
}

async function query<T extends object>(client: Queryable, name: string, text: string, value: unknown): Promise<T[]> {
  return (await client.query<T>({ name, text, values: [value] })).rows;
}

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

const outcomeOf = (row: OutcomeRecord): RecordedOutcome => ({
  status: row.status,
  httpStatus: row.http_status,
  result: row.result,
  error: row.error,
  executionId: row.execution_id,
});
