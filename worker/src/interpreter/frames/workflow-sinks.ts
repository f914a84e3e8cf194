import type { InjectedSinks } from '@temporalio/worker';
import type { FrameRun, FrameSinks, WorkflowNodeFrame } from '../workflow/frame-sinks.js';
import type { AttemptMemory } from './attempt-memory.js';
import type { FrameEmitter } from './frame-emitter.js';
import { emitEnding, emitLog, emitNode } from './node-frames.js';

/** Frames the workflow itself tells: what is no activity, and failures no attempt could have known of. */
export function makeFrameSinks(emitter: FrameEmitter, attempts: AttemptMemory): InjectedSinks<FrameSinks> {
  const node = (run: FrameRun, frame: WorkflowNodeFrame): void => {
    const { nodeId, status, startedAt, completedAt, reused = false, input, output, error, facts } = frame;
    const attemptNumber = status === 'failed' ? attempts.recall(run.executionId, nodeId) : 1;
    emitNode(emitter, {
      run,
      nodeId,
      status,
      attemptNumber,
      startedAt,
      completedAt,
      reused,
      facts,
      ...(input === undefined ? {} : { input: JSON.stringify(input) }),
      ...(output === undefined ? {} : { output: JSON.stringify(output) }),
      ...(error === undefined ? {} : { error: { ...error, stack: null } }),
    });
    if (error !== undefined) emitLog(emitter, run, { nodeId, level: 'error', message: error.message, id: 'final' });
  };
  return {
    frames: {
      node: { fn: (_info, run, frame) => node(run, frame), callDuringReplay: false },
      ending: { fn: (_info, run, ending) => emitEnding(emitter, run, ending), callDuringReplay: false },
    },
  };
}
