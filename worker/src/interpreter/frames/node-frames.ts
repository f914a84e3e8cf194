import type { LogFrame, NodeError, NodeFacts, NodeFrame, NodeStatus } from '@flowplane/contracts';
import type { FrameRun, WorkflowEnding } from '../workflow/frame-sinks.js';
import type { FrameDraft, FrameEmitter, FrameValue } from './frame-emitter.js';

/** A node's new status, before its values are stored. `input` and `output` are compact JSON. */
export type NodeReport = {
  readonly run: FrameRun;
  readonly nodeId: string;
  readonly status: NodeStatus;
  readonly attemptNumber: number;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  readonly reused?: boolean;
  readonly error?: NodeError;
  /** Of a failed attempt: when the next one is due, epoch ms. */
  readonly nextAttemptAt?: number | undefined;
  readonly input?: FrameValue;
  readonly output?: FrameValue;
  readonly facts?: NodeFacts | undefined;
};

const ITERATION_SUFFIX = /^(.*)#(\d+)$/s;

/** Splits the engine's id of an activity: `charge#2` is the second visit of `charge` (flow-language 4.5). */
function visitOf(id: string): { readonly nodeId: string; readonly iteration: number } {
  const match = ITERATION_SUFFIX.exec(id);
  return match === null ? { nodeId: id, iteration: 1 } : { nodeId: match[1] as string, iteration: Number(match[2]) };
}

export const emitNode = (emitter: Pick<FrameEmitter, 'emit'>, report: NodeReport): void =>
  emitter.emit(nodeDraft(report));

/** As `emitNode`, at once. @returns whether the log has it, once that is known */
export const commitNode = (emitter: FrameEmitter, report: NodeReport): Promise<boolean> =>
  emitter.commit(nodeDraft(report));

function nodeDraft(report: NodeReport): FrameDraft {
  const { run, status, attemptNumber, startedAt, completedAt, reused = false, error = null } = report;
  const emittedAt = Date.now();
  return {
    executionId: run.executionId,
    root: rootOf(run),
    // A retry has two frames, as a failed attempt and as a new one.
    id: `${report.nodeId}/${attemptNumber}/${status}${error === null ? '' : '/error'}`,
    values: [report.input, report.output],
    complete: ([input = null, output = null]) => {
      const data: NodeFrame = {
        ...runMembers(run),
        ...visitOf(report.nodeId),
        ...{ startedAt, completedAt, emittedAt },
        ...{ status, attemptNumber, reused, input, output, error },
        nextAttemptAt: report.nextAttemptAt ?? null,
        generation: 0,
        root: rootOf(run),
        facts: factsOf(run, report.facts),
      };
      return { type: 'NodeFrame', data };
    },
  };
}

type RunMembers = Pick<NodeFrame, 'executionId' | 'tenantId' | 'workspaceId' | 'flowId'>;
const runMembers = ({ executionId, tenantId, workspaceId, flowId }: FrameRun): RunMembers => ({
  ...{ executionId, tenantId, workspaceId, flowId },
});

const rootOf = ({ subFlow }: FrameRun): string | null => subFlow?.root ?? null;

/** With those that stand on every frame of a sub-flow: which version its run is of, and which nodes lead to it. */
function factsOf({ subFlow }: FrameRun, facts: NodeFacts = {}): string | null {
  if (subFlow === undefined) return Object.keys(facts).length === 0 ? null : JSON.stringify(facts);
  const { path, version } = subFlow;
  return JSON.stringify({ subFlow: { path, version }, ...facts } satisfies NodeFacts);
}

/**
 * The lines of a sub-flow's tasks are not kept: nothing shows them.
 *
 * @param id unique among the log lines of the node
 */
export function emitLog(
  emitter: Pick<FrameEmitter, 'emit'>,
  run: FrameRun,
  line: Pick<LogFrame, 'nodeId' | 'level' | 'message'> & { readonly id: string },
): void {
  if (run.subFlow !== undefined) return;
  const { level, message } = line;
  const { nodeId } = visitOf(line.nodeId);
  const data: LogFrame = { ...runMembers(run), nodeId, level, message, timestamp: Date.now() };
  emitter.emit({
    executionId: run.executionId,
    root: null,
    id: `${line.nodeId}/log/${line.id}`,
    values: [],
    complete: () => ({ type: 'LogFrame', data }),
  });
}

/** The hint that a run is about to close, and how. */
export function emitEnding(emitter: FrameEmitter, run: FrameRun, ending: WorkflowEnding): void {
  const { result: resultText, standing: standingText, ...said } = ending;
  const emittedAt = Date.now();
  emitter.emit({
    executionId: run.executionId,
    root: null,
    // The engine may ask a run once more: something came while it ended.
    id: `ending/${said.workflowTask}`,
    values: [resultText, standingText],
    complete: ([result = null, standing = null]) => ({
      type: 'RunEnding',
      data: { ...runMembers(run), emittedAt, ...said, result, standing },
    }),
  });
}
