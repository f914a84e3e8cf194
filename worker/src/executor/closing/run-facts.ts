import type { PayloadCodec } from '@temporalio/common';
import type { ReusedNode, RunInput, RunNotes, RunResult, RunStanding } from '../../shared/run-input.js';
import { isLost } from '../../shared/codec/index.js';
import { payloadTexts } from './payload-texts.js';
import type { RunFacts } from './reconcile.js';
import type { RunChain } from './run-chain.js';
import type { SeenNode } from './seen-frames.js';
import type { SubFlowHistory } from './sub-flow-history.js';

/** All that the history of a run tells, its payloads decoded but for those of tasks. */
export type RunReading = {
  readonly facts: RunFacts;
  /** The result as users see it, as JSON; null: the run has none. */
  readonly resultText: string | null;
  /** It has one that is not kept any more. */
  readonly resultLost: boolean;
  /** Output of a node that is no task, undefined where it has none or it is not known. */
  readonly outputOf: (nodeId: string) => Promise<unknown>;
};

const NO_NOTES: RunNotes = { arms: [], reused: [] };

/** @throws errors of the content store: worth another try */
export async function readRunFacts(
  codecs: readonly PayloadCodec[],
  chain: RunChain,
  seen: readonly SeenNode[],
): Promise<RunReading> {
  const { end } = chain.last;
  const histories = chain.runs.flatMap((run) => run.subFlows);
  const payloads = [end.result, chain.last.standing, ...histories.map(({ nodeId }) => nodeId)];
  const [resultText = null, standingText = null, ...nodeIds] = await payloadTexts(codecs, payloads);
  const result = kept<RunResult>(resultText);
  const standing = kept<RunStanding>(standingText);
  const notes = result?.notes ?? standing ?? NO_NOTES;
  const subFlows = new Map(
    histories.flatMap((history, index) => {
      const nodeId = parsed<string>(nodeIds[index] ?? null);
      return nodeId === null ? [] : [[nodeId, history] as const];
    }),
  );
  const reuse = await reuseOf(codecs, chain, notes, seen);
  const ended = endedOutputs(codecs, subFlows, standing, reuse);
  return {
    facts: {
      status: end.status,
      failure: end.failure,
      tasks: chain.runs.flatMap((run) => run.tasks),
      subFlows,
      trace: result?.trace ?? standing?.trace ?? null,
      open: new Map(standing?.open),
      reused: new Set(notes.reused),
      // Without notes, a branch that was not executed again still has the arm it was given.
      arms: new Map([
        ...reuse.flatMap(({ nodeId, arm }) => (arm === null ? [] : [[nodeId, arm] as const])),
        ...notes.arms,
      ]),
      seen,
    },
    resultText: result === null ? null : result.notes === undefined ? resultText : withoutNotes(result),
    resultLost: resultText !== null && result === null,
    outputOf: async (nodeId) => (result === null ? ended(nodeId) : own(result.state, nodeId)),
  };
}

/** The nodes that the run must not execute again; read only where it was made use of. */
async function reuseOf(
  codecs: readonly PayloadCodec[],
  chain: RunChain,
  notes: RunNotes,
  seen: readonly SeenNode[],
): Promise<readonly ReusedNode[]> {
  if (notes.reused.length === 0 && !seen.some(({ reused }) => reused)) return [];
  const [text = null] = await payloadTexts(codecs, [chain.runs[0]?.input ?? null]);
  return kept<RunInput>(text)?.reuse ?? [];
}

/** Outputs of a run that left no state. A sub-flow's is read when it is asked for: all of them may be large. */
function endedOutputs(
  codecs: readonly PayloadCodec[],
  subFlows: ReadonlyMap<string, SubFlowHistory>,
  standing: RunStanding | null,
  reuse: readonly ReusedNode[],
): (nodeId: string) => Promise<unknown> {
  const approvals = new Map<string, unknown>(standing?.approvals);
  const reused = new Map<string, unknown>(reuse.map(({ nodeId, output }) => [nodeId, output ?? undefined]));
  return async (nodeId) => {
    if (approvals.has(nodeId)) return approvals.get(nodeId);
    const subFlow = subFlows.get(nodeId);
    if (subFlow === undefined) return reused.get(nodeId);
    const [text = null] = await payloadTexts(codecs, [subFlow.result]);
    return kept<RunResult>(text)?.state;
  };
}

function withoutNotes(result: RunResult): string {
  const { status, flowName, flowVersion, trace, state } = result;
  return JSON.stringify({ status, flowName, flowVersion, trace, state });
}

const parsed = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T));
/** Null also for a value that is not kept any more. */
function kept<T>(text: string | null): T | null {
  const value = parsed<T>(text);
  return isLost(value) ? null : value;
}
const own = (values: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(values, key) ? values[key] : undefined;
