import {
  uuidV5,
  type ClosedStatus,
  type Command,
  type Frame,
  type RunFailure,
  type StoredValue,
  type EventMeta,
  type TenantDrain,
} from '@flowplane/contracts';
import { isRefusedRecord, type BatchProducer, type OutgoingRecord } from '@flowplane/plumbing/kafka';
import { Refusal } from '@flowplane/plumbing/http';
import { commandRecord, isAppendFault, untilAppended } from '@flowplane/runtime/commands';
import type { DeadLetters } from '@flowplane/runtime/dead-letters';
import type { Logger } from '@flowplane/plumbing/logging';
import { causeFields } from '@flowplane/plumbing/telemetry';
import type { Cause } from '../engine/engine.js';
import { drainMeta, frameRecord, pauseMeta, reportMeta, SOURCE, type RunScope } from './records.js';

export type ClosedRun = {
  readonly status: ClosedStatus;
  readonly startedAt: number | null;
  readonly closedAt: number;
  readonly result: StoredValue | null;
  readonly failure: RunFailure | null;
  readonly nodes: StoredValue | null;
};

/**
 * What the executor tells the log. Each resolves when all in-sync replicas have it, and is tried until then. What the
 * brokers refuse for good does not hold a run up: its end is reported without its values then, and a frame that is refused
 * becomes a dead letter.
 */
export type Reports = {
  readonly started: (scope: RunScope, startedAt: number, cause: Cause, signal: AbortSignal) => Promise<void>;
  readonly closed: (scope: RunScope, run: ClosedRun, cause: Cause, signal: AbortSignal) => Promise<void>;
  /** Pauses a flow's schedule; `cause`: the refused fire that was one too many. */
  readonly pause: (flowId: string, cause: EventMeta, signal: AbortSignal) => Promise<void>;
  /** The drain of a fenced tenant; `fence`: of its `TenantFenced`. */
  readonly drained: (fence: EventMeta, drain: TenantDrain, signal: AbortSignal) => Promise<void>;
  /** Frames of one run, contiguous and in order. */
  readonly frames: (frames: readonly Frame[], signal: AbortSignal) => Promise<void>;
};

export type ReportsOptions = {
  readonly commands: BatchProducer;
  readonly runs: BatchProducer;
  readonly deadLetters: Pick<DeadLetters, 'send'>;
  readonly partitions: number;
  readonly now: () => number;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
};

export function makeReports({ commands, runs, deadLetters, partitions, now, logger }: ReportsOptions): Reports {
  const mayPass = (fault: unknown): boolean => isAppendFault(fault) && fault.details.retryable;
  /** Every report may be made twice without harm, so an append of unknown fate is simply made again. */
  const append = async (
    producer: BatchProducer,
    records: readonly OutgoingRecord[],
    signal: AbortSignal,
    cause?: Cause,
  ): Promise<void> => {
    const onFault = (err: unknown): void => {
      const fields = cause === undefined ? {} : causeFields(cause);
      logger.warn({ ...fields, err }, 'a report could not be appended, it is tried again');
    };
    await untilAppended(() => producer.appendAll(records), { signal, mayPass, onFault });
  };
  const appendCommand = (command: Command, signal: AbortSignal, cause?: Cause): Promise<void> =>
    append(commands, [commandRecord(command, { partitions, source: SOURCE })], signal, cause);
  const toDeadLetters = async (record: OutgoingRecord, reason: unknown, signal: AbortSignal): Promise<void> => {
    const { key, value, headers } = record;
    const run = key ?? '';
    const letter = {
      ...{ consumer: 'executor', reason, origin: { run } },
      record: { key: Buffer.from(run), value, headers },
    };
    const onFault = (err: unknown): void => logger.warn({ err }, 'a dead letter cannot be written, it is tried again');
    try {
      await untilAppended(() => deadLetters.send([letter]), { signal, mayPass, onFault });
    } catch (cause) {
      if (!isRefusedRecord(cause)) throw cause;
      logger.error({ alert: 'frame-refused', executionId: run, err: cause }, 'a frame and its dead letter are refused');
    }
  };
  /** In their order. Those that are refused are found one by one. */
  const appendFrames = async (records: readonly OutgoingRecord[], signal: AbortSignal): Promise<void> => {
    try {
      await append(runs, records, signal);
    } catch (cause) {
      if (!isRefusedRecord(cause)) throw cause;
      const [only] = records;
      if (records.length > 1) for (const record of records) await appendFrames([record], signal);
      else if (only !== undefined) await toDeadLetters(only, cause, signal);
    }
  };

  return {
    started: (scope, startedAt, cause, signal) => {
      const { flowId, executionId } = scope;
      const meta = reportMeta(scope, 'started', cause, now());
      const command = { type: 'RecordExecutionStarted', meta, data: { flowId, executionId, startedAt } } as const;
      return appendCommand(command, signal, cause);
    },
    closed: async (scope, run, cause, signal) => {
      const { flowId, executionId } = scope;
      const meta = reportMeta(scope, 'closed', cause, now());
      const command = { type: 'RecordExecutionClosed', meta, data: { flowId, executionId, ...run } } as const;
      try {
        await appendCommand(command, signal, cause);
      } catch (err) {
        if (!isRefusedRecord(err) && !(err instanceof Refusal)) throw err;
        logger.error({ alert: 'report-refused', executionId, err }, 'the end of a run is reported without its values');
        await appendCommand({ ...command, data: { ...command.data, result: null, nodes: null } }, signal, cause);
      }
    },
    pause: (flowId, cause, signal) => {
      const command = { type: 'PauseSchedule', meta: pauseMeta(cause, now()), data: { flowId, note: null } } as const;
      return appendCommand(command, signal);
    },
    drained: (fence, drain, signal) => {
      const command = { type: 'RecordTenantDrained', meta: drainMeta(fence, now()), data: drain } as const;
      return appendCommand(command, signal);
    },
    frames: async (frames, signal) => {
      if (frames.length === 0) return;
      await appendFrames(
        frames.map((frame) => frameRecord(frame, frameId(frame), partitions)),
        signal,
      );
    },
  };
}

/** Derived from what the frame says, so that a frame written twice is recognisable. */
function frameId(frame: Frame): string {
  const { executionId } = frame.data;
  if (frame.type !== 'NodeFrame') return uuidV5(`executor/${frame.type}/${executionId}`);
  const { iteration, nodeId, status, attemptNumber } = frame.data;
  return uuidV5(`executor/${executionId}/${iteration}/${nodeId}/${status}/${attemptNumber}`);
}
