import type { JsonObject, TaskNode } from '@flowplane/contracts';
import { jsonBytes } from '@flowplane/contracts/flow/json';
import { ActivityFailure, ApplicationFailure, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Settled } from '../../planner/index.js';
import { overflowQueue, TASK_MOVED, type MovedTask } from '../../shared/moved-task.js';
import type { Lineage, LogPlace, RunOrigin } from '../../shared/run-input.js';
import { isTemplated } from './context-for.js';
import type { Decided } from './decisions.js';
import { evaluatedInput } from './evaluated.js';
import { countInput, isSubFlow, keepOutput, tell, type RunSession } from './run-session.js';
import { activityOptions, taskTiming, timingAfter, type TaskTiming } from './task-options.js';

/** Activity input of one task (tasks 2.1); its type's handler finds `params` checked against the catalogue. */
export type TaskEnvelope = {
  readonly nodeId: string;
  readonly taskType: string;
  readonly node: TaskNode;
  readonly params: JsonObject;
  readonly tenant: RunSession['run']['envelope'];
  /** Set for tasks of sub-flows: workers of earlier releases tell no frames of their attempts. */
  readonly quiet?: true;
  /** Of a sub-flow's run, for the frames of its attempts. */
  readonly lineage?: Lineage;
  readonly origin?: RunOrigin;
  /** Of the run, for tasks that name a connection: they see what was put before. */
  readonly requestedAt?: LogPlace;
  /** An attempt for which the worker has no place may fail as `TASK_MOVED`: the run will schedule the task again. */
  readonly mayMove?: true;
  /** What the record of the task's end also holds; absent: nothing. */
  readonly decided?: readonly Decided[];
  /** Of a task that was moved: attempts before the first one that the engine counts now. */
  readonly attemptsBefore?: number;
};
export type TaskActivities = {
  /** The one activity type: what a task does is in its envelope. */
  dispatchTask(envelope: TaskEnvelope): Promise<JsonObject>;
};

/** Performs a task. @throws RunFault, and what the activity throws */
export async function performTask(session: RunSession, node: TaskNode): Promise<Settled> {
  const { id: nodeId, taskType, input = {} } = node;
  const timing = taskTiming(nodeId, node.retryPolicy);
  const options = activityOptions(nodeId, timing, session.run.envelope.tenantId);
  const params = isTemplated(input) ? await evaluatedInput(session, nodeId, input) : input;
  const { room } = session;
  const bytes = jsonBytes(params);
  // An evaluated input is recorded by itself as well.
  if (params !== input) room.count(bytes);
  const { envelope: tenant, origin, limits, requestedAt, lineage } = session.run;
  // Of runs of earlier releases nothing is counted that was not then.
  const decided = limits?.decisionsTravel === true ? session.decisions.carried() : [];
  const asked = jsonBytes(node) + bytes + (decided.length > 0 ? jsonBytes(decided) : 0);
  const turn = room.isFull() ? await room.enter(nodeId, asked) : room.count(asked);
  countInput(session, nodeId, bytes);
  tell(session, { nodeId, status: 'scheduled', startedAt: null, completedAt: null });
  const { dispatchTask } = proxyActivities<TaskActivities>(options);
  const isOfInterest = requestedAt !== undefined && Object.hasOwn(input, 'connection');
  const scheduledAt = Date.now();
  const envelope: TaskEnvelope = {
    nodeId,
    taskType,
    node,
    params,
    tenant,
    ...(origin === undefined ? {} : { origin }),
    ...(isOfInterest ? { requestedAt } : {}),
    ...(isSubFlow(session.run) ? { quiet: true } : {}),
    ...(lineage === undefined ? {} : { lineage }),
    ...(decided.length === 0 ? {} : { decided }),
  };
  let output: JsonObject;
  try {
    output = await dispatchTask(limits?.tasksMove === true ? { ...envelope, mayMove: true } : envelope);
    room.over(turn);
  } catch (thrown) {
    const moved = movedTask(thrown);
    if (moved === undefined) throw thrown;
    room.over(turn);
    const left = timingAfter(timing, moved.attemptsBefore, Date.now() - scheduledAt);
    output = await performMoved(session, { ...envelope, ...moved }, left, asked);
  }
  session.decisions.recorded(decided);
  keepOutput(session, nodeId, output);
  return { nodeId };
}

/** The same task once more, where tasks of tenants that hold their share wait for each other only. */
async function performMoved(
  session: RunSession,
  envelope: TaskEnvelope,
  timing: TaskTiming,
  asked: number,
): Promise<JsonObject> {
  const { room } = session;
  const turn = room.isFull() ? await room.enter(envelope.nodeId, asked) : room.count(asked);
  const options = activityOptions(envelope.nodeId, timing, envelope.tenant.tenantId);
  const taskQueue = overflowQueue(workflowInfo().taskQueue);
  const output = await proxyActivities<TaskActivities>({ ...options, taskQueue }).dispatchTask(envelope);
  room.over(turn);
  return output;
}

/** @returns undefined where an attempt was performed */
function movedTask(thrown: unknown): MovedTask | undefined {
  const { cause } = thrown instanceof ActivityFailure ? thrown : {};
  if (!(cause instanceof ApplicationFailure) || cause.type !== TASK_MOVED) return undefined;
  const [{ attemptsBefore }] = cause.details as [MovedTask];
  return { attemptsBefore };
}
