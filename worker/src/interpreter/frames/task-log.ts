import { beginningOf } from '@flowplane/contracts/json/beginning-of';
import type { TaskLog } from '../../tasks/task-handler.js';
import type { TaskEnvelope } from '../workflow/perform-task.js';
import type { FrameEmitter } from './frame-emitter.js';
import { runOfTask } from './frame-run.js';
import { emitLog } from './node-frames.js';

export type TaskLogLimits = {
  /** FLOWS_TASK_LOG_MAX_LINES: of one attempt. */
  readonly maxLines: number;
  /** FLOWS_TASK_LOG_MAX_BYTES: of the messages of one attempt, in UTF-8. */
  readonly maxBytes: number;
};

/** Opens the log of one attempt. */
export type OpenTaskLog = (envelope: TaskEnvelope, attemptNumber: number) => OpenedTaskLog;
export type OpenedTaskLog = {
  readonly log: TaskLog;
  /** The attempt is over: what its handler says later is not its any more. */
  readonly close: () => void;
};

/** Characters of one line; the rest is left out. */
const MAX_LINE_LENGTH = 2000;

/** Lines of tasks, bounded for each attempt; the first one that is too many becomes a note that says so. */
export function makeTaskLog(emitter: Pick<FrameEmitter, 'emit'>, { maxLines, maxBytes }: TaskLogLimits): OpenTaskLog {
  return (envelope, attemptNumber) => {
    const run = runOfTask(envelope);
    let isOpen = run !== undefined && maxLines > 0;
    let lines = 0;
    let bytes = 0;
    const write: TaskLog = (level, message) => {
      if (run !== undefined) {
        emitLog(emitter, run, { nodeId: envelope.nodeId, level, message, id: `attempt-${attemptNumber}/${lines}` });
      }
    };
    return {
      log: (level, message) => {
        if (!isOpen) return;
        const line = message.length > MAX_LINE_LENGTH ? `${beginningOf(message, MAX_LINE_LENGTH)}…` : message;
        lines += 1;
        bytes += Buffer.byteLength(line);
        if (lines <= maxLines && bytes <= maxBytes) return write(level, line);
        isOpen = false;
        return write('warn', `More lines of this attempt are left out: it may have ${maxLines}, of ${maxBytes} bytes.`);
      },
      close: () => {
        isOpen = false;
      },
    };
  };
}
