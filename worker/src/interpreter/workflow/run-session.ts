import type { Decision, ExecutionFacts, FlowDefinition, JsonObject, NodeFacts } from '@flowplane/contracts';
import { applyInputDefaults } from '@flowplane/contracts/flow/inputs';
import { patched, sleep, workflowInfo } from '@temporalio/workflow';
import { compilePlan, NOT_BEGUN, type Plan, type RunState } from '../../planner/index.js';
import { DEFAULT_LIMITS, type ApprovalSignal, type ReusedNode, type RunInput } from '../../shared/run-input.js';
import { EMPTY_INBOX, type ApprovalInbox } from './approval-inbox.js';
import { makeDecisions, type Decisions } from './decisions.js';
import { frames, type FrameRun, type WorkflowNodeFrame } from './frame-sinks.js';
import { makeInTurn, type InTurn } from './in-turn.js';
import { RunFault } from './run-fault.js';
import type { BegunNode, RunProgress } from './run-progress.js';
import { openValues, putOutput, type RunValues } from './run-values.js';
import type { SubFlowPlaces } from './sub-flow-slots.js';
import { makeTaskRoom, type TaskRoom } from './task-room.js';

/** Everything one run holds while it executes. Members that change are changed by the run itself, between awaits. */
export type RunSession = {
  readonly run: RunInput;
  readonly flow: Pick<FlowDefinition, 'name'>;
  readonly plan: Plan;
  readonly values: RunValues;
  readonly execution: ExecutionFacts;
  /** Whose frames this run tells; undefined for the run of a sub-flow that does not know its root. */
  readonly frameRun: FrameRun | undefined;
  state: RunState;
  inbox: ApprovalInbox;
  readonly begun: Map<string, BegunNode>;
  /** Branches that have decided: index of the arm, -1 where none was true. */
  readonly arms: Map<string, number>;
  readonly decisions: Decisions;
  /** Nodes that failed: the run ends with the first, others may do so at the same time. */
  readonly failed: Map<string, Pick<RunFault, 'code' | 'message'>>;
  /** Nodes not to execute again. */
  readonly reuse: ReadonlyMap<string, ReusedNode>;
  /** Approvals that wait, with what releases them. */
  readonly parked: Map<string, (signal: ApprovalSignal) => void>;
  /**
   * Nodes whose outcome is on its way (an activity, an evaluation, a child run, a consumed signal): these cannot be
   * carried into a continued run. Waits, parked approvals and nodes not begun can.
   */
  readonly busy: Set<string>;
  /** Every local activity of the run is called through this. */
  readonly inTurn: InTurn;
  /** What the current workflow task may still ask of the engine. */
  readonly room: TaskRoom;
  /** Set by the walk: ends this run, to go on as a new one, if nothing but nodes that wait for room is open. */
  leaveIfIdle: () => void;
  /** Of the inputs of the tasks so far, as compact JSON. */
  taskInputBytes: number;
  /** Places for the runs of sub-flows, from the first sub-flow on. */
  subFlows: Promise<SubFlowPlaces> | undefined;
};

export function openSession(run: RunInput, definition: FlowDefinition, progress: RunProgress | undefined): RunSession {
  const { flowId, flowVersion, executionId } = run.envelope;
  const startedAtMs = progress?.startedAtMs ?? workflowInfo().startTime.getTime();
  const room = makeTaskRoom({
    nextTask: () => sleep(1),
    isBounded: () => patched('bounded-workflow-tasks'),
    isClosing: isHistoryFull,
    onHeld: () => session.leaveIfIdle(),
  });
  const session: RunSession = {
    run,
    flow: definition,
    plan: compilePlan(definition),
    values: openValues(applyInputDefaults(definition, run.input), progress?.outputs),
    execution: { id: executionId, flowId, version: Number(flowVersion), triggerType: run.triggerType, startedAtMs },
    frameRun: frameRunOf(run),
    state: progress?.plan ?? NOT_BEGUN,
    inbox: progress?.inbox ?? EMPTY_INBOX,
    begun: new Map((progress?.begun ?? []).map((node) => [node.nodeId, node])),
    arms: new Map(progress?.arms),
    decisions: makeDecisions(progress?.decided),
    failed: new Map(),
    reuse: new Map((run.reuse ?? []).map((node) => [node.nodeId, node])),
    parked: new Map(),
    busy: new Set(),
    inTurn: makeInTurn(),
    room,
    leaveIfIdle: () => undefined,
    taskInputBytes: progress?.taskInputBytes ?? 0,
    subFlows: undefined,
  };
  return session;
}

function frameRunOf(run: RunInput): FrameRun | undefined {
  const { tenantId, workspaceId, flowId, flowVersion: version, executionId } = run.envelope;
  const own = { executionId, tenantId, workspaceId, flowId };
  if (!isSubFlow(run)) return own;
  return run.lineage === undefined ? undefined : { ...own, subFlow: { ...run.lineage, version } };
}

/** Above these nothing new starts once the engine suggests to continue as new, so that what is open can end first. */
const DRAIN_ABOVE = { historyBytes: 16 * 1024 * 1024, historyEvents: 20_000 } as const;

/** Whether nothing is to begin any more in this history. */
export function isHistoryFull(): boolean {
  const { continueAsNewSuggested, historyLength, historySize } = workflowInfo();
  const isLong = historySize > DRAIN_ABOVE.historyBytes || historyLength > DRAIN_ABOVE.historyEvents;
  return continueAsNewSuggested && isLong;
}

/** Whether all that is open can be carried over into a new run: it waits, and nothing of it is under way. */
export const isIdle = ({ busy, room }: RunSession): boolean => [...busy].every((nodeId) => room.waiting.has(nodeId));

/** Writes a node's output into the state. @throws RunFault `StateTooLarge` */
export function keepOutput(session: RunSession, nodeId: string, output: JsonObject): void {
  const bytes = putOutput(session.values, nodeId, output);
  const limit = session.run.limits?.maxStateBytes ?? DEFAULT_LIMITS.maxStateBytes;
  if (bytes > limit) {
    throw new RunFault(nodeId, 'StateTooLarge', `The state of the run would be ${bytes} bytes; the limit is ${limit}.`);
  }
}

/**
 * Counts the input of a task: what a run hands to its tasks is kept as long as the run, like its state.
 *
 * @throws RunFault `StateTooLarge`
 */
export function countInput(session: RunSession, nodeId: string, inputBytes: number): void {
  const limit = session.run.limits?.maxTaskInputBytes;
  if (limit === undefined) return;
  session.taskInputBytes += inputBytes;
  if (session.taskInputBytes <= limit) return;
  const bytes = session.taskInputBytes;
  throw new RunFault(
    nodeId,
    'StateTooLarge',
    `The inputs of the tasks would be ${bytes} bytes; the limit is ${limit}.`,
  );
}

export function tell(session: RunSession, frame: WorkflowNodeFrame): void {
  if (session.frameRun !== undefined) frames.node(session.frameRun, frame);
}

/** The one frame of a node that is not executed again: it has been, in another run. */
export function tellReused(session: RunSession, nodeId: string, output: JsonObject | null): void {
  const now = Date.now();
  const frame = { nodeId, status: 'completed', startedAt: now, completedAt: now, reused: true } as const;
  tell(session, output === null ? frame : { ...frame, output });
}

/** True for the run of a sub-flow node. */
export const isSubFlow = ({ depth = 0 }: RunInput): boolean => depth > 0;

/** Notes the start of a node that the workflow itself reports, once, also over a continue-as-new. */
export function begin(
  session: RunSession,
  nodeId: string,
  status: 'started' | 'waiting-approval',
  input?: JsonObject,
): BegunNode {
  const known = session.begun.get(nodeId);
  if (known !== undefined) return known;
  const begun = noteBegun(session, nodeId);
  tellBegun(session, begun, status, input === undefined ? {} : { input });
  return begun;
}

/** As `begin`, where the frame follows later. */
export function noteBegun(session: RunSession, nodeId: string): BegunNode {
  const begun = session.begun.get(nodeId) ?? { nodeId, startedAt: Date.now(), dueAt: null };
  session.begun.set(nodeId, begun);
  return begun;
}

export function tellBegun(
  session: RunSession,
  { nodeId, startedAt }: BegunNode,
  status: 'started' | 'waiting-approval',
  more: { readonly input?: JsonObject; readonly facts?: NodeFacts } = {},
): void {
  tell(session, { nodeId, status, startedAt, completedAt: null, ...more });
}

export function end(session: RunSession, nodeId: string, output?: JsonObject, decision?: Decision): void {
  const startedAt = session.begun.get(nodeId)?.startedAt ?? null;
  session.begun.delete(nodeId);
  const frame = { nodeId, status: 'completed', startedAt, completedAt: Date.now() } as const;
  const facts = decision === undefined ? {} : { facts: { decision } };
  tell(session, { ...frame, ...facts, ...(output === undefined ? {} : { output }) });
}

/** As `end`, of a node that decides how the run goes on, so that the next task carries it. */
export function endDecided(session: RunSession, nodeId: string, decision: Decision, output?: JsonObject): void {
  if (session.run.limits?.decisionsTravel === true) session.decisions.note({ nodeId, ...decision });
  end(session, nodeId, output, decision);
}
