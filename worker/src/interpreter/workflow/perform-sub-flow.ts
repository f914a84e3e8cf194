import type { FlowDefinition, JsonObject, SignedEnvelope, SubFlowNode } from '@flowplane/contracts';
import { jsonBytes } from '@flowplane/contracts/flow/json';
import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild, WorkflowIdReusePolicy, type ChildWorkflowHandle } from '@temporalio/workflow';
import type { Settled } from '../../planner/index.js';
import {
  CHILD_NODE_MEMO,
  DEFAULT_LIMITS,
  runArguments,
  searchAttributeValues,
  WORKFLOW_TYPE,
  type RunArguments,
  type RunInput,
  type RunResult,
} from '../../shared/run-input.js';
import { isTemplated } from './context-for.js';
import { evaluatedInput, recorded } from './evaluated.js';
import { loadSubFlow, signSubFlow } from './local-activities.js';
import { RunFault } from './run-fault.js';
import { begin, end, keepOutput, type RunSession } from './run-session.js';
import { takePlace } from './sub-flow-places.js';

/** Bytes of a start input, as of every other run (flow-language 5.2). */
const MAX_INPUT_BYTES = 2_097_152;
const VERSION = /^[1-9][0-9]{0,8}$/;

/**
 * Runs a sub-flow as a child run to its end (flow-language 10). A cancel of the run reaches the child first and is over
 * when the child is; a run that ends otherwise has its children cancelled by the engine.
 */
export async function performSubFlow(session: RunSession, node: SubFlowNode): Promise<Settled> {
  const { id: nodeId } = node;
  begin(session, nodeId, 'started');
  const depth = childDepth(session, node);
  const place = await takePlace(session, node);
  session.room.waiting.delete(nodeId);
  try {
    const state = await runToItsEnd(session, node, { depth, ...(place && { subFlowsOpen: place.below }) });
    keepOutput(session, nodeId, state);
    end(session, nodeId, state);
    return { nodeId };
  } finally {
    place?.giveBack();
  }
}

/** @returns the final state of the child */
async function runToItsEnd(
  session: RunSession,
  node: SubFlowNode,
  below: Pick<RunInput, 'depth' | 'subFlowsOpen'>,
): Promise<JsonObject> {
  const { id: nodeId, flowId, flowVersion, input = {} } = node;
  const { run } = session;
  const request = { parent: run.envelope, nodeId, flowId, flowVersion, requestedAt: run.requestedAt ?? null };
  const [definition, envelopes, childInput] = await Promise.all([
    recorded(session, nodeId, () => loadSubFlow(request)),
    recorded(session, nodeId, () => signSubFlow(request)),
    isTemplated(input) ? evaluatedInput(session, nodeId, input) : inputInBounds(nodeId, input),
  ]);
  const { room } = session;
  const asked = jsonBytes(definition) + jsonBytes(childInput);
  // The results of the local activities are recorded by themselves as well.
  room.count(asked);
  const turn = room.isFull() ? await room.enter(nodeId, asked) : room.count(asked);
  const childRun = { ...inherited(run), ...lineageBelow(run, nodeId), ...below, input: childInput };
  const child = await startFirstFree(nodeId, childRun, definition, envelopes);
  room.over(turn);
  return (await child.result()).state;
}

/** @throws RunFault `InvalidFlowVersion`, `SubFlowDepthExceeded` */
function childDepth({ run }: RunSession, { id: nodeId, flowVersion }: SubFlowNode): number {
  if (!VERSION.test(flowVersion)) {
    throw new RunFault(nodeId, 'InvalidFlowVersion', `'${flowVersion}' is not a version: a positive integer.`);
  }
  const depth = (run.depth ?? 0) + 1;
  const limit = run.limits?.subFlowMaxDepth ?? DEFAULT_LIMITS.subFlowMaxDepth;
  if (depth > limit) {
    throw new RunFault(nodeId, 'SubFlowDepthExceeded', `Sub-flows may be nested ${limit} deep; this one is deeper.`);
  }
  return depth;
}

function inputInBounds(nodeId: string, input: JsonObject): JsonObject {
  const bytes = jsonBytes(input);
  if (bytes <= MAX_INPUT_BYTES) return input;
  const message = `The input of the sub-flow has ${bytes} bytes; the limit is ${MAX_INPUT_BYTES}.`;
  throw new RunFault(nodeId, 'PAYLOAD_TOO_LARGE', message);
}

/** What holds for a run and all runs below it. */
const inherited = ({ triggerType, origin, limits, requestedAt }: RunInput): Omit<RunInput, 'envelope' | 'input'> => ({
  triggerType,
  ...(origin === undefined ? {} : { origin }),
  ...(limits === undefined ? {} : { limits }),
  ...(requestedAt === undefined ? {} : { requestedAt }),
});

/** Below a run that an earlier release started nobody knows the root. */
function lineageBelow({ envelope, depth = 0, lineage }: RunInput, nodeId: string): Pick<RunInput, 'lineage'> {
  if (lineage !== undefined) return { lineage: { root: lineage.root, path: [...lineage.path, nodeId] } };
  return depth === 0 ? { lineage: { root: envelope.executionId, path: [nodeId] } } : {};
}

type ChildHandle = ChildWorkflowHandle<(...args: RunArguments) => Promise<RunResult>>;

/** Starts the child under the first of its ids that no other run has or had. */
async function startFirstFree(
  nodeId: string,
  run: Omit<RunInput, 'envelope'>,
  definition: FlowDefinition,
  envelopes: readonly SignedEnvelope[],
): Promise<ChildHandle> {
  for (const envelope of envelopes) {
    try {
      return await start(nodeId, { ...run, envelope }, definition);
    } catch (thrown) {
      if (!(thrown instanceof WorkflowExecutionAlreadyStartedError)) throw thrown;
    }
  }
  throw new RunFault(nodeId, 'INTERNAL_ERROR', 'Every id that the run of this sub-flow may have is taken.');
}

function start(nodeId: string, run: RunInput, definition: FlowDefinition): Promise<ChildHandle> {
  return startChild<(...args: RunArguments) => Promise<RunResult>>(WORKFLOW_TYPE, {
    workflowId: run.envelope.executionId,
    args: runArguments(run, definition),
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    memo: { [CHILD_NODE_MEMO]: nodeId },
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    typedSearchAttributes: Object.entries(searchAttributeValues(run)).map(([name, value]) => ({
      key: defineSearchAttributeKey(name, 'KEYWORD'),
      value,
    })),
  });
}
