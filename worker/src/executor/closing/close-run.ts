import { parseExecutionId, type FinalNode, type FlowDefinition } from '@flowplane/contracts';
import type { Payload } from '@temporalio/common';
import type { Cause } from '../engine/engine.js';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';
import type { RunScope } from '../report/records.js';
import { bytesToClose } from './bytes-to-close.js';
import { closeFromJournal } from './close-from-journal.js';
import type { CloseRunPorts } from './close-ports.js';
import type { ReconciledNode } from './corrective-frames.js';
import { finalNode, nodeTexts } from './final-nodes.js';
import { payloadTexts } from './payload-texts.js';
import { storeNodeValue, storeValue } from './closing-table.js';
import { neverVisited, reconcileNodes, type NodeOutcome } from './reconcile.js';
import { writesState } from '../../planner/index.js';
import { reportClosed } from './report-closed.js';
import { readRunFacts, type RunReading } from './run-facts.js';
import { readRunChain, type RunChain } from './run-chain.js';
import { fireCorrelationId } from '../../shared/scheduled-runs.js';

/**
 * Reports a run that is over: from the journal where that is asked for and whole, else it reads its history once and
 * reconciles the node table with it.
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
  if (ports.fromJournal) {
    const outcome = await closeFromJournal(ports, scope, waitMs, signal);
    if (typeof outcome === 'string') return outcome;
    ports.counters.notWhole(outcome.notWhole);
  }
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
  const read = await retryWhileUnavailable(() => readRunFacts(ports.codecs, chain, seen.nodes), signal);
  const outcomes = reconcileNodes(read.facts);
  const definition = await definitionOf(ports, scope, chain);
  const nodes = await storeNodes(ports, scope, outcomes, read, definition, signal);
  const skipped = end.status === 'Completed' && definition ? neverVisited(definition, outcomes) : [];
  const stored = (text: string) =>
    retryWhileUnavailable(() => storeValue(ports.store, text, ports.inlineMaxBytes, scope.tenantId), signal);
  const run = {
    status: read.resultLost ? ('Failed' as const) : end.status,
    startedAt: chain.runs[0]?.startedAt ?? null,
    closedAt: end.closedAt,
    result: read.resultText === null ? null : await stored(read.resultText),
    failure: read.resultLost ? RESULT_LOST : end.failure,
  };
  const cause = causeOf(executionId, chain);
  const closed = await reportClosed(ports, { scope, definition, nodes, skipped, run, cause }, signal);
  ports.counters.closedFrom('history');
  const startedAt = chain.runs[0]?.startedAt ?? 0;
  const audited = { executionId, end, startedAt, seen, definition, version: versionOf(chain) ?? null, cause };
  await ports.audit?.({ ...audited, run: closed, nodes: nodes.map(({ node }) => node) }, signal);
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
  const version = versionOf(chain);
  if (version === undefined) return undefined;
  return ports.versions.peek({ ...scope, version }).catch(() => undefined);
}

function versionOf(chain: RunChain): number | undefined {
  const version = Number(jsonOf(chain.runs[0]?.searchAttributes['flowVersion']));
  return Number.isSafeInteger(version) ? version : undefined;
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
