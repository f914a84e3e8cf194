import {
  assertNever,
  type Event,
  type EventMeta,
  type ExecutionCancelRequested,
  type ExecutionClosed,
  type ExecutionRequested,
  type ExecutionSignaled,
} from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import { causeFields, inSpan } from '@flowplane/plumbing/telemetry';
import type { ApprovalSignal } from '../../shared/run-input.js';
import { engineFaultKind } from '../../shared/engine-fault.js';
import { closeIfLost, type LostRunPorts } from '../closing/lost-runs.js';
import type { Cause } from '../engine/engine.js';
import type { Reports } from '../report/reports.js';
import { scopeOf } from '../report/records.js';
import { refusedFires, type RefusalWatch } from '../schedules/refused-fires.js';
import type { ScheduleEffects } from '../schedules/schedule-effects.js';
import type { ReadFence } from '../teardown/drain-tenant.js';
import type { DoneInLog } from './done-in-log.js';
import { isWithoutEffect, keyOf } from './event-keys.js';
import { isTemplateRunEvent, type TemplateRunEvent } from './template-runs.js';
import { startRun, type StartRunPorts } from './start-run.js';

/** One event as it was read, with what the log had as done when its partition was taken over. */
export type ReadEvent = {
  readonly event: Event;
  readonly partition: number;
  readonly offset: number;
  readonly done: DoneInLog;
};

export type Effects = {
  /** The run an event is about, or undefined when there is nothing to do for it. */
  readonly keyOf: (event: Event) => string | undefined;
  /** Whether all that was read of its partition before it must be done first. */
  readonly waitsForEarlier: (event: Event) => boolean;
  /** Takes note of an event as soon as it is read, before its turn. */
  readonly foresee: (event: Event) => void;
  /** Does what the event asks for; idempotent. @throws CallAbandoned on `signal` */
  readonly apply: (read: ReadEvent, signal: AbortSignal) => Promise<void>;
};

export type EffectsOptions = StartRunPorts &
  LostRunPorts & {
    readonly schedules: ScheduleEffects;
    readonly refusals: RefusalWatch;
    readonly reports: Reports;
    /** Ends what a fenced tenant has in the engine. */
    readonly drain: (fence: ReadFence, signal: AbortSignal) => Promise<void>;
    /** Begins and ends runs of templates. */
    readonly templateRuns: (event: TemplateRunEvent, done: DoneInLog, signal: AbortSignal) => Promise<void>;
    readonly onStarted: (triggerType: string) => void;
    readonly onClosed: (status: string) => void;
    readonly logger: Pick<Logger, 'warn' | 'debug' | 'error'>;
  };

type RunEvent =
  'ExecutionRequested' | 'ExecutionCancelRequested' | 'ExecutionSignaled' | 'ExecutionClosed' | 'TenantFenced';
type ExecutionEvent = Extract<Event, { readonly data: { readonly executionId: string; readonly flowId: string } }>;

/** Runs closed without a start that are remembered, so that a start waiting its turn is not made. */
const MAX_FORESEEN = 50_000;
const TRIGGER_STALE_MS = 10 * 60 * 1000;

/** What events mean for the engine and for the streams of runs. */
export function makeEffects(options: EffectsOptions): Effects {
  /** In order of reading, oldest first. */
  const closedUnstarted = new Set<string>();

  const start = async (
    event: ExecutionRequested,
    { partition, offset, done }: ReadEvent,
    traceparent: string | null,
    signal: AbortSignal,
  ): Promise<void> => {
    const { executionId, triggerType } = event.data;
    // However the engine stands: the log has it as made, and a start that was lost since is not made up for.
    if (done.started.has(executionId) || done.closed.has(executionId)) return;
    const stillWanted = (): boolean => !closedUnstarted.has(executionId);
    const outcome = await startRun(options, { event, partition, offset, traceparent, stillWanted }, signal);
    if (outcome === 'started') options.onStarted(triggerType);
  };
  const close = async (event: ExecutionClosed, signal: AbortSignal): Promise<void> => {
    const { status, closedAt, neverStarted, executionId } = event.data;
    // Streams end with this frame. It follows from the event, not from the process that found the run closed, so no crash
    // between the two can lose it; and a stream never ends before the log has the run closed.
    await options.reports.frames([{ type: 'RunClosed', data: { ...scopeOf(event), status, closedAt } }], signal);
    // Closed while it was pending for the log: a start may have been made all the same, by us or before a crash.
    if (neverStarted) await options.engine.terminate(executionId, 'closed before its start was recorded', signal);
    closedUnstarted.delete(executionId);
    options.onClosed(status);
  };

  const cancel = async (event: ExecutionCancelRequested, signal: AbortSignal): Promise<void> => {
    const asked = await options.engine.cancel(event.data.executionId, event.meta.commandId, signal);
    if (!asked) await closeIfLost(options, scopeOf(event), signal, causeOf(event.meta));
  };
  const deliver = async (event: ExecutionSignaled, signal: AbortSignal): Promise<void> => {
    const { executionId } = event.data;
    try {
      const delivered = await options.engine.signal(executionId, approvalOf(event), signal);
      if (!delivered) await closeIfLost(options, scopeOf(event), signal, causeOf(event.meta));
    } catch (cause) {
      if (engineFaultKind(cause) !== 'permanent') throw cause;
      // The engine takes a bounded number of signals per run; what is refused now would be refused for ever.
      options.logger.warn(
        { ...causeFields(event.meta), executionId, err: cause },
        'the engine refuses a signal for good',
      );
    }
  };

  /** Does it in a span, and says so in a line at level debug. */
  const traced = async (
    name: string,
    { meta, data }: ExecutionEvent,
    work: (traceparent: string | null) => Promise<void>,
  ): Promise<void> => {
    const { executionId, flowId } = data;
    const attributes = {
      'flowplane.correlation_id': meta.correlationId,
      'flowplane.execution_id': executionId,
      'flowplane.flow_id': flowId,
    };
    await inSpan({ name, kind: 'consumer', parent: meta.traceparent, attributes }, ({ traceparent }) =>
      work(traceparent),
    );
    options.logger.debug({ ...causeFields(meta), executionId, flowId }, `${name}: done`);
  };

  return {
    keyOf,
    // What it ends must have begun.
    waitsForEarlier: ({ type }) => type === 'TenantFenced',
    foresee: (event) => {
      if (event.type !== 'ExecutionClosed' || !event.data.neverStarted) return;
      const oldest = closedUnstarted.size >= MAX_FORESEEN ? closedUnstarted.values().next().value : undefined;
      if (oldest !== undefined) closedUnstarted.delete(oldest);
      closedUnstarted.add(event.data.executionId);
    },
    apply: async (read, signal) => {
      const { event, done } = read;
      switch (event.type) {
        case 'ExecutionRequested':
          if (event.data.triggerType === 'cron') {
            await options.refusals.admitted({ ...event.meta, flowId: event.data.flowId }, read.offset, signal);
          }
          return traced('start run', event, (traceparent) => start(event, read, traceparent, signal));
        case 'ExecutionCancelRequested':
          if (done.closed.has(event.data.executionId)) return undefined;
          return traced('cancel run', event, () => cancel(event, signal));
        case 'ExecutionSignaled':
          if (done.closed.has(event.data.executionId)) return undefined;
          return traced('signal run', event, () => deliver(event, signal));
        case 'ExecutionClosed':
          return traced('end run', event, () => close(event, signal));
        case 'TenantFenced':
          // What would bring them back must know first; the drain counts and removes them.
          await options.schedules.fence(event.meta.tenantId, read.offset, signal);
          // The tenant may have begun anew since.
          if (done.drained.has(event.meta.commandId)) return undefined;
          return options.drain({ event, partition: read.partition, offset: read.offset }, signal);
        default:
          if (isTemplateRunEvent(event)) return options.templateRuns(event, done, signal);
          if (isStaleTrigger(options, event, read)) return undefined;
          return applyToFlows(options, event, read.offset, signal);
      }
    },
  };
}

/**
 * Whether it asks for a fire that was asked for so long ago that it was rather made and forgotten (by a state database
 * restored from an older copy) than never made: the log does not tell.
 */
function isStaleTrigger({ now, logger }: EffectsOptions, { type, meta }: Event, { offset, done }: ReadEvent): boolean {
  const isStale = type === 'ScheduleTriggered' && offset < done.end && now() - meta.occurredAt > TRIGGER_STALE_MS;
  if (isStale) logger.warn({ ...causeFields(meta), offset }, 'a schedule was to be triggered too long ago: left out');
  return isStale;
}

/** What is about flows and their schedules, not about a run. */
async function applyToFlows(
  { versions, schedules, refusals }: EffectsOptions,
  event: Exclude<Event, TemplateRunEvent | { readonly type: RunEvent }>,
  offset: number,
  signal: AbortSignal,
): Promise<void> {
  const refused = refusedFires(event);
  if (refused !== undefined) return refusals.refused(refused, event.meta, offset, signal);
  if (isWithoutEffect(event)) return undefined;
  switch (event.type) {
    case 'FlowCreated':
      return versions.forget({ ...event.meta, flowId: event.data.flowId });
    case 'FlowDeleted':
      versions.forget({ ...event.meta, flowId: event.data.flowId });
      return schedules.apply(event, offset, signal);
    case 'FlowVersionPublished':
    case 'SchedulePaused':
    case 'ScheduleResumed':
    case 'ScheduleTriggered':
      return schedules.apply(event, offset, signal);
    default:
      return assertNever(event);
  }
}

function approvalOf({ meta, data }: ExecutionSignaled): ApprovalSignal {
  const { nodeId, approved, onBehalfOf, comment } = data;
  const said = comment === null ? {} : { comment };
  return { commandId: meta.commandId, nodeId, approved, actor: meta.actorId, onBehalfOf, ...said };
}

const causeOf = ({ correlationId, traceparent }: EventMeta): Cause => ({ correlationId, traceparent });
