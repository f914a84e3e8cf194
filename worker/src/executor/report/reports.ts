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
import type { BatchProducer, OutgoingRecord } from '@flowplane/plumbing/kafka';
import { commandRecord, isAppendFault, untilAppended } from '@flowplane/runtime/commands';
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

/** What the executor tells the log. Each resolves when all in-sync replicas have it, and is tried until then. */
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
  readonly partitions: number;
  readonly now: () => number;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
};

export function makeReports({ commands, runs, partitions, now, logger }: ReportsOptions): Reports {
  /** Every report may be made twice without harm, so an append of unknown fate is simply made again. */
  const append = async (
    producer: BatchProducer,
    records: readonly OutgoingRecord[],
    signal: AbortSignal,
    cause?: Cause,
  ): Promise<void> => {
    const mayPass = (fault: unknown): boolean => isAppendFault(fault) && fault.details.retryable;
    const onFault = (err: unknown): void => {
      const fields = cause === undefined ? {} : causeFields(cause);
      logger.warn({ ...fields, err }, 'a report could not be appended, it is tried again');
    };
    await untilAppended(() => producer.appendAll(records), { signal, mayPass, onFault });
  };
  const appendCommand = (command: Command, signal: AbortSignal, cause?: Cause): Promise<void> =>
    append(commands, [commandRecord(command, { partitions, source: SOURCE })], signal, cause);

  return {
    started: (scope, startedAt, cause, signal) => {
      const { flowId, executionId } = scope;
      const meta = reportMeta(scope, 'started', cause, now());
      const command = { type: 'RecordExecutionStarted', meta, data: { flowId, executionId, startedAt } } as const;
      return appendCommand(command, signal, cause);
    },
    closed: (scope, run, cause, signal) => {
      const { flowId, executionId } = scope;
      const meta = reportMeta(scope, 'closed', cause, now());
      const command = { type: 'RecordExecutionClosed', meta, data: { flowId, executionId, ...run } } as const;
      return appendCommand(command, signal, cause);
    },
    pause: (flowId, cause, signal) => {
      const command = { type: 'PauseSchedule', meta: pauseMeta(cause, now()), data: { flowId } } as const;
      return appendCommand(command, signal);
    },
    drained: (fence, drain, signal) => {
      const command = { type: 'RecordTenantDrained', meta: drainMeta(fence, now()), data: drain } as const;
      return appendCommand(command, signal);
    },
    frames: async (frames, signal) => {
      if (frames.length === 0) return;
      await append(
        runs,
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
