import type { ExecutionRequested, FinalNode, FlowDefinition } from '@flowplane/contracts';
import { compilePlan, reusedNodes, writesState, type RetryFrom } from '../../planner/index.js';
import type { ReusedNode } from '../../shared/run-input.js';
import type { SourceNodes } from '../read-model/source-nodes.js';
import { isLost } from '../../shared/codec/index.js';
import { scopeOf } from '../report/records.js';

/**
 * What a retry does not execute again, with what the source left of it (flow-language 11.4).
 *
 * @returns undefined for a start that reuses nothing; `gone` when the source's table or one of its outputs is past its
 * retention, `too-large` when the outputs are larger than a state may be: executing everything again instead would
 * repeat effects that nobody asked for
 * @throws CallAbandoned on `signal`
 */
export async function reuseOfSource(
  sources: SourceNodes,
  maxBytes: number,
  { event, partition, offset }: { event: ExecutionRequested; partition: number; offset: number },
  definition: FlowDefinition,
  signal: AbortSignal,
): Promise<readonly ReusedNode[] | undefined | 'gone' | 'too-large'> {
  const { retriedFrom, retryFrom } = event.data;
  if (retriedFrom === null || retryFrom === null) return undefined;
  const source = { ...scopeOf(event), executionId: retriedFrom };
  const table = await sources.tableOf(source, partition, offset, signal);
  if (table === undefined) return 'gone';
  const nodes = reusedRows(table, definition, retryPointOf(retryFrom));
  // They are the state that the run begins with.
  if (nodes.reduce((sum, { output }) => sum + (output?.sizeBytes ?? 0), 0) > maxBytes) return 'too-large';
  const outputs = await sources.outputs(
    nodes.map(({ output }) => output),
    signal,
  );
  if (outputs === undefined || outputs.some(isLost)) return 'gone';
  return nodes.map(({ nodeId, arm = null }, index) => ({ nodeId, arm, output: outputs[index] ?? null }));
}

/** Rows of the source's table whose nodes are reused, without outputs that no node of their type writes. */
function reusedRows(table: readonly FinalNode[], definition: FlowDefinition, from: RetryFrom): readonly FinalNode[] {
  const plan = compilePlan(definition);
  const writes = ({ nodeId }: FinalNode): boolean => writesState(plan.nodes.get(nodeId)?.type);
  const source = table.map((row) => {
    // What wrote into the state and is not known with its output cannot be taken over.
    const completed = row.status === 'completed' && (row.output !== null || !writes(row));
    return { nodeId: row.nodeId, completed, arm: row.arm };
  });
  const reused = reusedNodes(plan, source, from);
  return table.filter(({ nodeId }) => reused.has(nodeId)).map((row) => (writes(row) ? row : { ...row, output: null }));
}

const NODE_PREFIX = 'node:';

/** @throws TypeError for a text that names no point: the log holds none */
function retryPointOf(retryFrom: ExecutionRequested['data']['retryFrom'] & string): RetryFrom {
  if (retryFrom === 'failed') return { kind: 'failed' };
  if (retryFrom.startsWith(NODE_PREFIX)) return { kind: 'node', nodeId: retryFrom.slice(NODE_PREFIX.length) };
  throw new TypeError(`'${retryFrom}' is no point to retry from`);
}
