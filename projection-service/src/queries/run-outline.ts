import {
  applyInputDefaults,
  isExecutionOf,
  parseExecutionId,
  type FinalNode,
  type FlowDefinition,
  type JsonObject,
} from '@flowplane/contracts';
import { param, type Call, type HeldBytes } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { orUnavailable } from '@flowplane/runtime/read-model';
import { nodesInOrder, scheduledEvents, visitedByFrames, visitedFinally } from '../domain/execution-view.js';
import { nodeRowOf, type NodeRecord } from '../store/runs-tables.js';
import { retainedSince, type ExecutionsScope } from './run-list.js';
import { readAs } from './read-scope.js';
import {
  MAX_INLINE_BYTES,
  PART_BYTES,
  PREVIEW_BYTES,
  previewOf,
  resolveValues,
  textValue,
  unresolved,
  type RunValue,
  type UnresolvedValue,
  type ValuesScope,
} from './run-values.js';

export type DetailScope = ExecutionsScope & ValuesScope;

/** A run without its values, and how large they are. */
export type RunRecord = {
  readonly execution_id: string;
  readonly flow_id: string;
  readonly version: number;
  readonly status: string;
  readonly trigger_type: string;
  readonly retried_from: string | null;
  /** JSON text. */
  readonly labels: string;
  /** JSON text of a `RunCause`; null: of a run from before it was kept. */
  readonly cause: string | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly closed_at: Date | null;
  readonly failure_code: string | null;
  readonly failure_message: string | null;
  readonly failure_node_id: string | null;
  readonly nodes_ref: string | null;
  readonly has_nodes: boolean;
  readonly input_bytes: number;
  /** Of everything but the input that is loaded to show what the run came to, without values of nodes that have frames. */
  readonly other_bytes: string;
};

const RUN = `
  SELECT e.execution_id, e.flow_id, e.version, e.status, e.trigger_type, e.retried_from, e.labels, e.cause, e.created_at, e.started_at,
         e.closed_at, e.failure_code, e.failure_message, e.failure_node_id, e.nodes_ref,
         e.nodes_json IS NOT NULL OR e.nodes_ref IS NOT NULL AS has_nodes, octet_length(e.input) AS input_bytes,
         2 * (coalesce(octet_length(v.definition), 0) + coalesce(octet_length(e.nodes_json), 0))
           + coalesce(octet_length(e.result_json), 0)
           + coalesce((SELECT sum(512 + octet_length(n.attempts) + coalesce(octet_length(n.error), 0)) FROM nodes n
                        WHERE n.execution_id = e.execution_id AND e.nodes_json IS NULL AND e.nodes_ref IS NULL), 0)
           AS other_bytes
    FROM executions e
    LEFT JOIN flow_versions v
      ON v.tenant_id = e.tenant_id AND v.workspace_id = e.workspace_id AND v.flow_id = e.flow_id
     AND v.generation = e.generation AND v.version = e.version
   WHERE e.execution_id = $1 AND e.tenant_id = $2 AND e.workspace_id = $3 AND e.flow_id = $4
     AND (e.closed_at IS NULL OR e.closed_at > $5)`;

/** The definition that the run is pinned to, and its values; a large input only where defaults may be added to it. */
const BODIES = `
  SELECT v.definition, e.result_json, e.result_ref, e.nodes_json,
         CASE WHEN $5 OR octet_length(e.input) <= ${MAX_INLINE_BYTES} OR v.definition LIKE '%"default"%' THEN e.input END
           AS input,
         left(e.input, ${PREVIEW_BYTES}) AS input_head
    FROM executions e
    LEFT JOIN flow_versions v
      ON v.tenant_id = e.tenant_id AND v.workspace_id = e.workspace_id AND v.flow_id = e.flow_id
     AND v.generation = e.generation AND v.version = e.version
   WHERE e.execution_id = $1 AND e.tenant_id = $2 AND e.workspace_id = $3 AND e.flow_id = $4`;
type Bodies = {
  readonly definition: string | null;
  readonly input: string | null;
  readonly input_head: string;
  readonly result_json: string | null;
  readonly result_ref: string | null;
  readonly nodes_json: string | null;
};

const headOf = (column: string): string =>
  `CASE WHEN octet_length(${column}) > ${MAX_INLINE_BYTES} THEN left(${column}, ${PREVIEW_BYTES}) END`;
/** What the frames of the run's nodes came to, without their values. */
const NODES = `
  SELECT execution_id, node_id, iteration, tenant_id, workspace_id, rank, status, reused, attempts, error, first_offset,
         time_ms, NULL AS input_json, NULL AS output_json, input_ref, output_ref,
         octet_length(input_json) AS input_bytes, octet_length(output_json) AS output_bytes,
         ${headOf('input_json')} AS input_head, ${headOf('output_json')} AS output_head
    FROM nodes WHERE execution_id = $1 AND tenant_id = $2 AND workspace_id = $3 ORDER BY first_offset`;
type NodeOutline = NodeRecord & {
  readonly input_bytes: number | null;
  readonly output_bytes: number | null;
  readonly input_head: string | null;
  readonly output_head: string | null;
};

export type RunOutline = Awaited<ReturnType<typeof outlineOf>>;

/**
 * A run of the path, with its values as far as they are small or known; the others can be loaded.
 *
 * @param wholeInput whether its input is wanted, however large
 * @returns what it needs in memory is held, with room for one part of values
 * @throws Refusal 404 EXECUTION_NOT_FOUND; 503 OVERLOADED: too many other answers are in memory; as `readAs`
 */
export async function holdRun(
  scope: DetailScope,
  call: Call,
  wholeInput = false,
): Promise<{ readonly run: RunOutline; readonly held: HeldBytes }> {
  const executionId = param(call, 'executionId');
  const flowId = param(call, 'flowId');
  if (!isExecutionOf(executionId, { ...call, flowId })) throw refusal('EXECUTION_NOT_FOUND');
  const key = [executionId, call.tenantId, call.workspaceId, flowId];
  const [record] = await readAs(
    scope,
    call,
    async (client) => (await client.query<RunRecord>(RUN, [...key, retainedSince(scope)])).rows,
  );
  if (record === undefined) throw refusal('EXECUTION_NOT_FOUND');
  const table = await tableBytes(scope, record.nodes_ref);
  const held = await scope.answers.hold(call, record.input_bytes + Number(record.other_bytes) + 2 * table + PART_BYTES);
  try {
    return { run: await outlineOf(scope, call, record, key, wholeInput), held };
  } catch (cause) {
    held.release();
    throw cause;
  }
}

async function tableBytes({ contentStore }: DetailScope, ref: string | null): Promise<number> {
  if (ref === null) return 0;
  return (await orUnavailable(contentStore.sizes([ref]))).get(ref) ?? 0;
}

const EMPTY_DEFINITION: Pick<FlowDefinition, 'nodes' | 'inputs'> = { nodes: [] };

async function outlineOf(
  scope: DetailScope,
  call: Call,
  record: RunRecord,
  key: readonly string[],
  wholeInput: boolean,
) {
  const { bodies, rows } = await readAs(scope, call, async (client) => {
    const [found] = (await client.query<Bodies>(BODIES, [...key, wholeInput])).rows;
    if (found === undefined) throw refusal('EXECUTION_NOT_FOUND');
    if (record.has_nodes) return { bodies: found, rows: [] };
    return { bodies: found, rows: (await client.query<NodeOutline>(NODES, key.slice(0, 3))).rows };
  });
  const definition = bodies.definition === null ? EMPTY_DEFINITION : (JSON.parse(bodies.definition) as FlowDefinition);
  const table = await finalTable(scope, record, bodies);
  const visited = table === null ? byFrames(rows, definition) : byTable(table);
  const result =
    record.status === 'Completed' ? unresolved({ json: bodies.result_json, ref: bodies.result_ref }) : null;
  const nodes = nodesInOrder(definition, visited, record.status, (value) => value);
  const resolve = await resolveValues(scope, [result, ...nodes.flatMap(({ input, output }) => [input, output])]);
  return {
    record,
    runId: parseExecutionId(record.execution_id)?.runId ?? null,
    input: inputOf(definition, record, bodies),
    result: resolve(result),
    events: scheduledEvents(visited),
    /** Of the tasks of the version, by node. */
    taskTypes: new Map(definition.nodes.flatMap((node) => (node.type === 'task' ? [[node.id, node.taskType]] : []))),
    approvals: new Set(definition.nodes.flatMap(({ type, id }) => (type === 'approval' ? [id] : []))),
    nodes: nodes.map(({ input, output, ...node }) => ({ ...node, input: resolve(input), output: resolve(output) })),
  };
}

function inputOf(definition: Pick<FlowDefinition, 'inputs'>, record: RunRecord, bodies: Bodies): RunValue {
  const hasDefaults = Object.values(definition.inputs ?? {}).some((declared) => declared.default !== undefined);
  if (bodies.input !== null) {
    const { input } = bodies;
    return textValue(
      hasDefaults ? JSON.stringify(applyInputDefaults(definition, JSON.parse(input) as JsonObject)) : input,
    );
  }
  // It is large, and as it was sent: only its beginning is needed.
  const source = { kind: 'text', text: '' } as const;
  return { source, bytes: record.input_bytes, preview: previewOf(Buffer.from(bodies.input_head)) };
}

async function finalTable(
  { contentStore }: DetailScope,
  { has_nodes: hasNodes, nodes_ref: ref }: RunRecord,
  bodies: Bodies,
): Promise<readonly FinalNode[] | null> {
  if (!hasNodes) return null;
  if (bodies.nodes_json !== null) return JSON.parse(bodies.nodes_json) as readonly FinalNode[];
  const found = ref === null ? undefined : (await orUnavailable(contentStore.getMany([ref]))).get(ref);
  return found === undefined ? null : (JSON.parse(found.toString('utf8')) as readonly FinalNode[]);
}

const byTable = (table: readonly FinalNode[]) =>
  visitedFinally(table).map((node) => ({
    ...node,
    input: node.input === null ? null : unresolved(node.input),
    output: node.output === null ? null : unresolved(node.output),
  }));

const byFrames = (rows: readonly NodeOutline[], definition: Pick<FlowDefinition, 'nodes'>) =>
  visitedByFrames(rows.map(nodeRowOf), definition).map((node, at) => {
    const row = rows[at] as NodeOutline;
    return {
      ...node,
      input: valueInRow(row, 'input', row.input_bytes, row.input_head, row.input_ref),
      output: valueInRow(row, 'output', row.output_bytes, row.output_head, row.output_ref),
    };
  });

function valueInRow(
  row: NodeOutline,
  column: 'input' | 'output',
  bytes: number | null,
  head: string | null,
  ref: string | null,
): UnresolvedValue | null {
  if (bytes === null) return ref === null ? null : { ref };
  const source = { kind: 'row', nodeId: row.node_id, iteration: row.iteration, column } as const;
  return { source, bytes, preview: head === null ? '' : previewOf(Buffer.from(head)) };
}
