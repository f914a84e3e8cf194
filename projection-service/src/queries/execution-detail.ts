import type { Call, PartsAnswer } from '@flowplane/runtime/api';
import type { Part } from '@flowplane/plumbing/http';
import { isoTime, isoTimeOrNull } from '@flowplane/contracts/read-model';
import { holdRun, type DetailScope, type RunOutline, type RunRecord } from './run-outline.js';
import { loadValues, MAX_INLINE_BYTES, PART_BYTES, type RunValue } from './run-values.js';
import { valueHref } from './value-href.js';

type Node = RunOutline['nodes'][number];

/** GET /flows/{flowId}/executions/{executionId}: values up to 64 kB in it, larger ones as links (flows-api 6.9). */
export async function getExecution(scope: DetailScope, call: Call): Promise<PartsAnswer> {
  const { run, held } = await holdRun(scope, call);
  async function* parts(): AsyncGenerator<Part> {
    try {
      let before = await headOf(scope, call, run);
      const batches = batchesOf(run.nodes);
      for (const [at, batch] of batches.entries()) {
        const text = before + (await nodesText(scope, call, run, batch)).join(',');
        const isLast = at === batches.length - 1;
        yield { text: isLast ? `${text}]}` : text, isLast };
        before = ',';
      }
    } finally {
      held.release();
    }
  }
  return { status: 200, parts: parts() };
}

const isSmall = ({ bytes }: RunValue): boolean => bytes <= MAX_INLINE_BYTES;
const smallOf = (values: readonly (RunValue | null)[]): readonly RunValue[] =>
  values.filter((value) => value !== null).filter(isSmall);

/** Nodes that follow each other, as many as there is room for their values; at least one batch. */
function batchesOf(nodes: readonly Node[]): readonly (readonly Node[])[] {
  const batches: Node[][] = [[]];
  let bytes = 0;
  for (const node of nodes) {
    const own = smallOf([node.input, node.output]).reduce((sum, value) => sum + value.bytes, 0);
    if (bytes + own > PART_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    bytes += own;
    batches.at(-1)?.push(node);
  }
  return batches;
}

/** The members of the answer up to the first node. */
async function headOf(scope: DetailScope, call: Call, { record, runId, input, result, events }: RunOutline) {
  const textOf = await loadValues(scope, call, record.execution_id, smallOf([input, result]));
  const before = JSON.stringify({
    executionId: record.execution_id,
    workflowId: record.execution_id,
    runId,
    flowId: record.flow_id,
    status: record.status,
    version: String(record.version),
    triggerType: record.trigger_type,
    retriedFrom: record.retried_from,
    createdAt: isoTime(record.created_at.getTime()),
    startedAt: isoTimeOrNull(record.started_at?.getTime() ?? null),
    closedAt: isoTimeOrNull(record.closed_at?.getTime() ?? null),
  });
  const values = [
    valueMembers('input', input, textOf, valueHref(call, { of: 'input' })),
    valueMembers('result', result, textOf, valueHref(call, { of: 'result' })),
  ];
  const behind = JSON.stringify({ failure: failureOf(record), events });
  return `${before.slice(0, -1)},"labels":${record.labels},${values.join(',')},${behind.slice(1, -1)},"nodes":[`;
}

async function nodesText(scope: DetailScope, call: Call, { record }: RunOutline, nodes: readonly Node[]) {
  const values = smallOf(nodes.flatMap(({ input, output }) => [input, output]));
  const textOf = await loadValues(scope, call, record.execution_id, values);
  return nodes.map(({ nodeId, status, reused, input, output, error, attempts }) => {
    const before = JSON.stringify({ nodeId, status, reused });
    const members = [
      valueMembers('input', input, textOf, valueHref(call, { of: 'input', nodeId })),
      valueMembers('output', output, textOf, valueHref(call, { of: 'output', nodeId })),
    ];
    return `${before.slice(0, -1)},${members.join(',')},${JSON.stringify({ error, attempts }).slice(1)}`;
  });
}

/** A value as a member; a large one is null, and beside it stands where it can be read. */
function valueMembers(
  name: string,
  value: RunValue | null,
  textOf: (value: RunValue) => string | undefined,
  href: string,
): string {
  if (value === null || isSmall(value)) return `"${name}":${(value && textOf(value)) ?? 'null'}`;
  const link = JSON.stringify({ href, bytes: value.bytes, preview: value.preview });
  return `"${name}":null,"${name}Link":${link}`;
}

function failureOf(run: RunRecord) {
  if (run.status !== 'Failed' || run.failure_code === null) return null;
  return { nodeId: run.failure_node_id, code: run.failure_code, message: run.failure_message ?? '' };
}
