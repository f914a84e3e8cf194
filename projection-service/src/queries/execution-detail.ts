import {
  applyInputDefaults,
  isExecutionOf,
  parseExecutionId,
  type FinalNode,
  type FlowDefinition,
  type JsonObject,
  type StoredValue,
} from '@flowplane/contracts';
import type { ContentStore } from '@flowplane/runtime/content-store';
import { param, type Answer, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import type { PoolClient } from '@flowplane/plumbing/postgres';
import { nodesInOrder, scheduledEvents, visitedByFrames, visitedFinally } from '../domain/execution-view.js';
import type { NodeRow } from '../domain/node-row.js';
import { isoTime, isoTimeOrNull } from '../domain/plain-text.js';
import { nodeRowOf, type NodeRecord } from '../store/runs-tables.js';
import { retainedSince, type ExecutionsScope } from './executions.js';
import { orUnavailable } from '@flowplane/runtime/read-model';
import { readAs } from './read-scope.js';
import { resolveStored } from './stored-values.js';

export type DetailScope = ExecutionsScope & { readonly contentStore: Pick<ContentStore, 'getMany'> };

type ExecutionRecord = {
  readonly execution_id: string;
  readonly flow_id: string;
  readonly version: number;
  readonly status: string;
  readonly trigger_type: string;
  readonly input: string;
  readonly retried_from: string | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly closed_at: Date | null;
  readonly result_json: string | null;
  readonly result_ref: string | null;
  readonly failure_code: string | null;
  readonly failure_message: string | null;
  readonly failure_node_id: string | null;
  readonly nodes_json: string | null;
  readonly nodes_ref: string | null;
  readonly definition: string | null;
};

/** A run with the definition it is pinned to. */
const EXECUTION = `
  SELECT e.*, v.definition
    FROM executions e
    LEFT JOIN flow_versions v
      ON v.tenant_id = e.tenant_id AND v.workspace_id = e.workspace_id AND v.flow_id = e.flow_id
     AND v.generation = e.generation AND v.version = e.version
   WHERE e.execution_id = $1 AND e.tenant_id = $2 AND e.workspace_id = $3 AND e.flow_id = $4
     AND (e.closed_at IS NULL OR e.closed_at > $5)`;
const NODES =
  'SELECT * FROM nodes WHERE execution_id = $1 AND tenant_id = $2 AND workspace_id = $3 ORDER BY first_offset';

type Loaded = { readonly run: ExecutionRecord; readonly nodes: readonly NodeRow[] };

/** GET /flows/{flowId}/executions/{executionId} */
export async function getExecution(scope: DetailScope, call: Call): Promise<Answer> {
  const executionId = param(call, 'executionId');
  const owner = parseExecutionId(executionId);
  const scopeOfPath = { ...call, flowId: param(call, 'flowId') };
  if (owner === undefined || !isExecutionOf(executionId, scopeOfPath)) throw refusal('EXECUTION_NOT_FOUND');
  const loaded = await readAs(scope, call, async (client) => load(client, scope, call, executionId));
  if (loaded === undefined) throw refusal('EXECUTION_NOT_FOUND');
  return { status: 200, body: await detailOf(scope, loaded, owner.runId) };
}

async function load(
  client: PoolClient,
  scope: DetailScope,
  call: Call,
  executionId: string,
): Promise<Loaded | undefined> {
  const { tenantId, workspaceId } = call;
  const values = [executionId, tenantId, workspaceId, param(call, 'flowId'), retainedSince(scope)];
  const [run] = (await client.query<ExecutionRecord>(EXECUTION, values)).rows;
  if (run === undefined) return undefined;
  const isReconciled = run.nodes_json !== null || run.nodes_ref !== null;
  if (isReconciled) return { run, nodes: [] };
  const { rows } = await client.query<NodeRecord>(NODES, [executionId, tenantId, workspaceId]);
  return { run, nodes: rows.map(nodeRowOf) };
}

const EMPTY_DEFINITION: Pick<FlowDefinition, 'nodes'> = { nodes: [] };

async function detailOf(scope: DetailScope, { run, nodes }: Loaded, runId: string) {
  const definition = (run.definition === null ? EMPTY_DEFINITION : JSON.parse(run.definition)) as FlowDefinition;
  const result = stored(run.result_json, run.result_ref);
  const finalNodes = stored(run.nodes_json, run.nodes_ref);
  const outer = await orUnavailable(resolveStored(scope.contentStore, [result, finalNodes]));
  const finalText = outer.textOf(finalNodes);
  const visited =
    finalText === null
      ? visitedByFrames(nodes, definition)
      : visitedFinally(JSON.parse(finalText) as readonly FinalNode[]);
  const values = visited.flatMap(({ input, output }) => [input, output]);
  const inner = await orUnavailable(resolveStored(scope.contentStore, values));
  return {
    executionId: run.execution_id,
    workflowId: run.execution_id,
    runId,
    flowId: run.flow_id,
    status: run.status,
    version: String(run.version),
    triggerType: run.trigger_type,
    retriedFrom: run.retried_from,
    createdAt: isoTime(run.created_at.getTime()),
    startedAt: isoTimeOrNull(run.started_at?.getTime() ?? null),
    closedAt: isoTimeOrNull(run.closed_at?.getTime() ?? null),
    input: applyInputDefaults(definition, JSON.parse(run.input) as JsonObject),
    result: run.status === 'Completed' ? outer.valueOf(result) : null,
    failure: failureOf(run),
    events: scheduledEvents(visited),
    nodes: nodesInOrder(definition, visited, run.status, inner.valueOf),
  };
}

function failureOf(run: ExecutionRecord) {
  if (run.status !== 'Failed' || run.failure_code === null) return null;
  return { nodeId: run.failure_node_id, code: run.failure_code, message: run.failure_message ?? '' };
}

const stored = (json: string | null, ref: string | null): StoredValue | null =>
  json === null && ref === null ? null : { json, ref, sizeBytes: 0 };
