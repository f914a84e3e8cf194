import { param, queryText, type Call, type PartsAnswer } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import type { PoolClient } from '@flowplane/plumbing/postgres';
import { parseExecutionFilter, statusNamed, type Comparison } from './execution-filter.js';
import { filterConditions } from './filter-sql.js';
import { invalidQuery } from './paging.js';
import { listRuns, type ExecutionsScope } from './run-list.js';

/** A deleted flow's runs stay listed; a flow that never was is unknown. */
const EVER_EXISTED = 'SELECT 1 FROM flows WHERE tenant_id = $1 AND workspace_id = $2 AND flow_id = $3';

/** GET /flows/{flowId}/executions, newest first. */
export async function listExecutions(scope: ExecutionsScope, call: Call): Promise<PartsAnswer> {
  const comparisons = filterOf(call);
  const answer = await listRuns(
    scope,
    call,
    (push) => [`e.flow_id = ${push(param(call, 'flowId'))}`, ...filterConditions(comparisons, push)],
    (client) => everExisted(client, call),
  );
  if (answer === undefined) throw refusal('FLOW_NOT_FOUND');
  return answer;
}

async function everExisted(client: PoolClient, call: Call): Promise<boolean> {
  const { rowCount } = await client.query(EVER_EXISTED, [call.tenantId, call.workspaceId, param(call, 'flowId')]);
  return rowCount !== 0;
}

function filterOf(call: Call): readonly Comparison[] {
  const query = queryText(call, 'query') ?? queryText(call, 'filter') ?? '';
  const parsed = parseExecutionFilter(query);
  if (!parsed.ok) throw invalidQuery(`The filter cannot be used: ${parsed.reason}`);
  const text = queryText(call, 'status');
  if (text === undefined) return parsed.comparisons;
  const status = statusNamed(text);
  if (status === undefined) throw invalidQuery('status is no status of a run');
  return [...parsed.comparisons, { field: 'ExecutionStatus', operator: '=', value: status }];
}
