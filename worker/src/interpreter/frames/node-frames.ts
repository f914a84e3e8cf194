import type { LogFrame, NodeError, NodeFrame, NodeStatus } from '@flowplane/contracts';
import type { FrameRun } from '../workflow/frame-sinks.js';
import type { FrameEmitter, FrameValue } from './frame-emitter.js';

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
  readonly input?: FrameValue;
  readonly output?: FrameValue;
};

const ITERATION_SUFFIX = /^(.*)#(\d+)$/s;

/** Splits the engine's id of an activity: `charge#2` is the second visit of `charge` (flow-language 4.5). */
function visitOf(id: string): { readonly nodeId: string; readonly iteration: number } {
  const match = ITERATION_SUFFIX.exec(id);
  return match === null ? { nodeId: id, iteration: 1 } : { nodeId: match[1] as string, iteration: Number(match[2]) };
}

export function emitNode(emitter: FrameEmitter, report: NodeReport): void {
  const { run, status, attemptNumber, startedAt, completedAt, reused = false, error = null } = report;
  const emittedAt = Date.now();
  emitter.emit({
    executionId: run.executionId,
    // A retry has two frames, as a failed attempt and as a new one.
    id: `${report.nodeId}/${attemptNumber}/${status}${error === null ? '' : '/error'}`,
    values: [report.input, report.output],
    complete: ([input = null, output = null]) => {
      const visit = visitOf(report.nodeId);
      const times = { startedAt, completedAt, emittedAt };
      const data: NodeFrame = {
        ...run,
        ...visit,
        ...times,
        status,
        attemptNumber,
        reused,
        input,
        output,
        error,
      };
      return { type: 'NodeFrame', data };
    },
  });
}

/** @param id unique among the log lines of the node */
export function emitLog(
  emitter: FrameEmitter,
  run: FrameRun,
  line: Pick<LogFrame, 'nodeId' | 'level' | 'message'> & { readonly id: string },
): void {
  const { level, message } = line;
  const { nodeId } = visitOf(line.nodeId);
  const data: LogFrame = { ...run, nodeId, level, message, timestamp: Date.now() };
  emitter.emit({
    executionId: run.executionId,
    id: `${line.nodeId}/log/${line.id}`,
    values: [],
    complete: () => ({ type: 'LogFrame', data }),
  });
}

/** The hint that a run is about to close. */
export function emitEnding(emitter: FrameEmitter, run: FrameRun): void {
  const data = { ...run, emittedAt: Date.now() };
  emitter.emit({
    executionId: run.executionId,
    id: 'ending',
    values: [],
    complete: () => ({ type: 'RunEnding', data }),
  });
}
