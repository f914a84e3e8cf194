import { parseExecutionId, type FinalNode, type FlowDefinition } from '@flowplane/contracts';
import type { ByteLimiter } from '@flowplane/plumbing/limiter';
import type { ContentStore } from '@flowplane/runtime/content-store';
import type { Payload, PayloadCodec } from '@temporalio/common';
import type { Cause, Engine } from '../engine/engine.js';
import type { AtExecutorFaultPoint } from '../fault-points.js';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';
import type { Versions } from '../read-model/versions.js';
import type { RunScope } from '../report/records.js';
import type { Reports } from '../report/reports.js';
import { bytesToClose } from './bytes-to-close.js';
import { correctiveFrames, type ReconciledNode } from './corrective-frames.js';
import { finalNode, nodeTexts } from './final-nodes.js';
import { payloadTexts } from './payload-texts.js';
import { storeNodeValue, storeValue, tableText } from './closing-table.js';
import { neverVisited, reconcileNodes, type NodeOutcome } from './reconcile.js';
import { writesState } from '../../planner/index.js';
import { readRunFacts, type RunReading } from './run-facts.js';
import { readRunChain, type RunChain } from './run-chain.js';
import { fireCorrelationId } from '../../shared/scheduled-runs.js';
import type { SeenFrames } from './seen-frames.js';

export type CloseRunPorts = {
  readonly engine: Engine;
  readonly codecs: readonly PayloadCodec[];
  readonly store: ContentStore;
  readonly versions: Versions;
  readonly reports: Reports;
  readonly seen: SeenFrames;
  /** FLOWS_PAYLOAD_INLINE_MAX_BYTES. */
  readonly inlineMaxBytes: number;
  readonly atFaultPoint: AtExecutorFaultPoint;
  readonly now: () => number;
  /** Bytes of runs being closed, of all of them. */
  readonly bytes: ByteLimiter;
};

/**
 * Reports a run that is over: reads its history once, reconciles the node table, writes the frames that are missing,
 * then the fact. In this order, since until the fact is decided the sweep finds the run again.
 *
 * @param waitMs how long its end may be waited for
 * @returns `reported-late` when its end was not there at the first look; `open` when it is not over; `unknown` when
 * the engine does not have it
 * @throws CallAbandoned on `signal`
 */
export async function closeRun(
  ports: CloseRunPorts,
  executionId: string,
  waitMs: number,
  signal: AbortSignal,
): Promise<'reported' | 'reported-late' | 'open' | 'unknown'> {
  const parts = parseExecutionId(executionId);
  if (parts === undefined) return 'unknown';
  const scope = { executionId, tenantId: parts.tenantId, workspaceId: parts.workspaceId, flowId: parts.flowId };
  const chain = await readRunChain(ports.engine, executionId, waitMs, signal);
  if (typeof chain === 'string') return chain;
  // A sub-flow belongs to its parent: no command asked for it, so no event reports its end.
  if (chain.last.isChild) return 'unknown';

  const bytes = await bytesToClose(ports.store, chain, signal);
  return ports.bytes.run(bytes, () => report(ports, scope, chain, signal), { owner: parts.tenantId });
}

async function report(
  ports: CloseRunPorts,
  scope: RunScope,
  chain: RunChain,
  signal: AbortSignal,
): Promise<'reported' | 'reported-late'> {
  const { executionId } = scope;
  const { end } = chain.last;
  const seen = ports.seen.of(executionId);
  const read = await retryWhileUnavailable(() => readRunFacts(ports.codecs, chain, seen), signal);
  const outcomes = reconcileNodes(read.facts);
  const definition = await definitionOf(ports, scope, chain);
  const nodes = await storeNodes(ports, scope, outcomes, read, definition, signal);
  const skipped = end.status === 'Completed' && definition ? neverVisited(definition, outcomes) : [];

  await ports.reports.frames(correctiveFrames(scope, definition, nodes, skipped, ports.now()), signal);
  ports.atFaultPoint('executor-before-close-report-exit');
  const stored = (text: string) =>
    retryWhileUnavailable(() => storeValue(ports.store, text, ports.inlineMaxBytes, scope.tenantId), signal);
  const table = tableText(nodes.map(({ node }) => node));
  const closed = {
    status: read.resultLost ? ('Failed' as const) : end.status,
    startedAt: chain.runs[0]?.startedAt ?? null,
    closedAt: end.closedAt,
    result: read.resultText === null ? null : await stored(read.resultText),
    failure: read.resultLost ? RESULT_LOST : end.failure,
    nodes: table === null ? null : await stored(table),
  };
  await ports.reports.closed(scope, closed, causeOf(executionId, chain), signal);
  ports.atFaultPoint('executor-after-close-report-exit');
  return chain.waited ? 'reported-late' : 'reported';
}

const RESULT_LOST = { nodeId: null, code: 'PAYLOAD_LOST', message: 'The result of the run is not kept any more.' };

/** The final table, its values stored: one node after the other, so that only one's values are in memory. */
async function storeNodes(
  ports: CloseRunPorts,
  { tenantId }: RunScope,
  outcomes: readonly NodeOutcome[],
  { outputOf }: RunReading,
  definition: FlowDefinition | undefined,
  signal: AbortSignal,
): Promise<readonly (ReconciledNode & { readonly node: FinalNode })[]> {
  const types = new Map(definition?.nodes.map(({ id, type }) => [id, type]));
  // An input of the run may have the name of a node that writes nothing.
  const writtenOf = async (nodeId: string): Promise<unknown> =>
    writesState(types.get(nodeId)) ? outputOf(nodeId) : undefined;
  const keep = (text: string | null) =>
    text === null ? Promise.resolve(null) : storeNodeValue(ports.store, text, ports.inlineMaxBytes, tenantId);
  const storeNode = async (outcome: NodeOutcome) => {
    const payloads = [outcome.task?.input ?? null, outcome.task?.output ?? null];
    const [envelope = null, result = null] = await payloadTexts(ports.codecs, payloads);
    const { input, output } = nodeTexts(outcome, envelope, result, await writtenOf(outcome.nodeId));
    return { node: finalNode(outcome, await keep(input), await keep(output)), seenRank: outcome.seenRank };
  };
  const rows = [];
  for (const outcome of outcomes) rows.push(await retryWhileUnavailable(() => storeNode(outcome), signal));
  return rows;
}

/** Only for what the definition adds to the picture (types, never-visited nodes): without it the run is closed all the same. */
async function definitionOf(
  ports: CloseRunPorts,
  scope: RunScope,
  chain: RunChain,
): Promise<FlowDefinition | undefined> {
  const version = Number(jsonOf(chain.runs[0]?.searchAttributes['flowVersion']));
  if (!Number.isSafeInteger(version)) return undefined;
  return ports.versions.peek({ ...scope, version }).catch(() => undefined);
}

const isScheduled = (chain: RunChain): boolean => jsonOf(chain.runs[0]?.searchAttributes['triggerType']) === 'cron';

function causeOf(executionId: string, chain: RunChain): Cause {
  const memo = chain.runs[0]?.memo ?? {};
  const correlationId = jsonOf(memo['correlationId']);
  const unasked = isScheduled(chain) ? fireCorrelationId(executionId) : 'executor';
  const traceparent = jsonOf(memo['traceparent']);
  return {
    correlationId: typeof correlationId === 'string' ? correlationId : unasked,
    traceparent: typeof traceparent === 'string' ? traceparent : null,
  };
}

/** Memo and search attributes are small, hence never by reference. */
function jsonOf(payload: Payload | undefined): unknown {
  if (!payload?.data) return undefined;
  try {
    return JSON.parse(Buffer.from(payload.data).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
