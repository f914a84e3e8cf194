import type { Answer, Statement } from '@flowplane/plumbing/postgres';
import { nodeKeyOf, type NodeRow } from '../domain/node-row.js';
import type { RunsChanges, RunsKnown } from '../domain/runs-batch.js';
import { rowsStatement } from './write-rows.js';

const KNOWN_NODES = 'SELECT * FROM nodes WHERE execution_id = ANY ($1)';
const KNOWN_SUB_FLOW_NODES = `
  SELECT execution_id, node_id, iteration, tenant_id, workspace_id, rank, status, reused, attempts, input_json, input_ref,
         output_json, output_ref, error, first_offset, time_ms
    FROM sub_flow_nodes WHERE execution_id = ANY ($1)`;
const ENDED = "SELECT execution_id FROM frames WHERE type = 'stream-end' AND execution_id = ANY ($1)";

/** A place that is taken is one of a topic that was deleted and created again: what stands there now counts. */
const FRAMES = `
  INSERT INTO frames (execution_id, log_offset, tenant_id, workspace_id, type, data, time_ms)
  SELECT r."executionId", r."logOffset", r."tenantId", r."workspaceId", r.type, r.data, r."timeMs"
    FROM json_to_recordset($1) AS r("executionId" text, "logOffset" bigint, "tenantId" text, "workspaceId" text,
         type text, data text, "timeMs" bigint)
   WHERE NOT EXISTS (SELECT 1 FROM purged_runs p WHERE p.run_hash = run_hash(r."executionId"))
  ON CONFLICT (execution_id, log_offset) DO UPDATE
    SET type = excluded.type, data = excluded.data, time_ms = excluded.time_ms`;

const NODES = `
  INSERT INTO nodes (execution_id, node_id, iteration, tenant_id, workspace_id, rank, status, reused, attempts,
                     input_json, input_ref, output_json, output_ref, error, first_offset, time_ms)
  SELECT r."executionId", r."nodeId", r.iteration, r."tenantId", r."workspaceId", r.rank, r.status, r.reused,
         r.attempts, r."inputJson", r."inputRef", r."outputJson", r."outputRef", r.error, r."firstOffset", r."timeMs"
    FROM json_to_recordset($1) AS r("executionId" text, "nodeId" text, iteration int, "tenantId" text,
         "workspaceId" text, rank bigint, status text, reused boolean, attempts text, "inputJson" text,
         "inputRef" text, "outputJson" text, "outputRef" text, error text, "firstOffset" bigint, "timeMs" bigint)
   WHERE NOT EXISTS (SELECT 1 FROM purged_runs p WHERE p.run_hash = run_hash(r."executionId"))
  ON CONFLICT (execution_id, node_id, iteration) DO UPDATE
    SET rank = excluded.rank, status = excluded.status, reused = excluded.reused, attempts = excluded.attempts,
        input_json = excluded.input_json, input_ref = excluded.input_ref, output_json = excluded.output_json,
        output_ref = excluded.output_ref, error = excluded.error, time_ms = excluded.time_ms`;

const SUB_FLOW_NODES = `
  INSERT INTO sub_flow_nodes (execution_id, node_id, iteration, tenant_id, workspace_id, root, flow_id, version, path, rank,
                              status, reused, attempts, input_json, input_ref, output_json, output_ref, error,
                              first_offset, time_ms)
  SELECT r."executionId", r."nodeId", r.iteration, r."tenantId", r."workspaceId", r.root, r."flowId", r.version, r.path,
         r.rank, r.status, r.reused, r.attempts, r."inputJson", r."inputRef", r."outputJson", r."outputRef", r.error,
         r."firstOffset", r."timeMs"
    FROM json_to_recordset($1) AS r("executionId" text, "nodeId" text, iteration int, "tenantId" text,
         "workspaceId" text, root text, "flowId" text, version text, path text, rank bigint, status text, reused boolean,
         attempts text, "inputJson" text, "inputRef" text, "outputJson" text, "outputRef" text, error text,
         "firstOffset" bigint, "timeMs" bigint)
   WHERE NOT EXISTS (SELECT 1 FROM purged_runs p WHERE p.run_hash = run_hash(r.root))
  ON CONFLICT (execution_id, node_id, iteration) DO UPDATE
    SET rank = excluded.rank, status = excluded.status, reused = excluded.reused, attempts = excluded.attempts,
        input_json = excluded.input_json, input_ref = excluded.input_ref, output_json = excluded.output_json,
        output_ref = excluded.output_ref, error = excluded.error, time_ms = excluded.time_ms`;

/** A row of `nodes` as the driver returns it. */
export type NodeRecord = {
  readonly execution_id: string;
  readonly node_id: string;
  readonly iteration: number;
  readonly tenant_id: string;
  readonly workspace_id: string;
  readonly rank: string;
  readonly status: string;
  readonly reused: boolean;
  readonly attempts: string;
  readonly input_json: string | null;
  readonly input_ref: string | null;
  readonly output_json: string | null;
  readonly output_ref: string | null;
  readonly error: string | null;
  readonly first_offset: string;
  readonly time_ms: string;
};

export const nodeRowOf = (record: NodeRecord): NodeRow => ({
  executionId: record.execution_id,
  nodeId: record.node_id,
  iteration: record.iteration,
  tenantId: record.tenant_id,
  workspaceId: record.workspace_id,
  rank: Number(record.rank),
  status: record.status,
  reused: record.reused,
  attempts: record.attempts,
  inputJson: record.input_json,
  inputRef: record.input_ref,
  outputJson: record.output_json,
  outputRef: record.output_ref,
  error: record.error,
  firstOffset: Number(record.first_offset),
  timeMs: Number(record.time_ms),
});

/** What reads what a batch of frames about these runs, and runs of sub-flows, builds on; for `knownRuns`. */
export const runsReads = (executionIds: readonly string[], childIds: readonly string[]): readonly Statement[] => [
  { name: 'known-nodes', text: KNOWN_NODES, values: [executionIds] },
  { name: 'known-ends', text: ENDED, values: [executionIds] },
  ...(childIds.length === 0 ? [] : [{ name: 'known-sub-flow-nodes', text: KNOWN_SUB_FLOW_NODES, values: [childIds] }]),
];

/** What the answers to `runsReads` say. */
export function knownRuns([nodes, ended, subFlowNodes]: readonly Answer[]): RunsKnown {
  return {
    nodes: rowsByKey(nodes),
    subFlowNodes: rowsByKey(subFlowNodes),
    ended: new Set((ended?.rows ?? []).map((row) => (row as { execution_id: string }).execution_id)),
  };
}

const rowsByKey = (answer: Answer | undefined): ReadonlyMap<string, NodeRow> =>
  new Map(
    (answer?.rows ?? []).map((record) => {
      const row = nodeRowOf(record as NodeRecord);
      return [nodeKeyOf(row), row];
    }),
  );

export const runsWrites = (changes: RunsChanges): readonly Statement[] => [
  ...rowsStatement('runs-frames', FRAMES, changes.frames),
  ...rowsStatement('runs-nodes', NODES, changes.nodes),
  ...rowsStatement('runs-sub-flow-nodes', SUB_FLOW_NODES, changes.subFlowNodes),
];
