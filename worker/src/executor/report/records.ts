import {
  encodeFrame,
  EXECUTOR_ACTOR,
  HEADER,
  partitionOf,
  uuidV5,
  type CommandMeta,
  type EventMeta,
  type Frame,
} from '@flowplane/contracts';
import type { OutgoingRecord } from '@flowplane/plumbing/kafka';
import type { Cause } from '../engine/engine.js';

export const SOURCE = '/flowplane/executor';

/** Tenant part of a run, as every report needs it. */
export type RunScope = {
  readonly executionId: string;
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
};

export function scopeOf(event: {
  readonly meta: { readonly tenantId: string; readonly workspaceId: string };
  readonly data: { readonly executionId: string; readonly flowId: string };
}): RunScope {
  const { tenantId, workspaceId } = event.meta;
  return { executionId: event.data.executionId, tenantId, workspaceId, flowId: event.data.flowId };
}

/**
 * Meta of a fact the executor reports. The id is derived from what is reported, so a report made twice (a restart
 * between append and commit) is recognisable as one.
 */
export function reportMeta(scope: RunScope, fact: 'started' | 'closed', cause: Cause, nowMs: number): CommandMeta {
  return {
    commandId: uuidV5(`executor/${fact}/${scope.executionId}`),
    tenantId: scope.tenantId,
    workspaceId: scope.workspaceId,
    actorId: 'executor',
    actorRoles: [],
    correlationId: cause.correlationId,
    traceparent: cause.traceparent,
    submittedAt: nowMs,
    attempt: 1,
    idempotency: null,
  };
}

/** As `reportMeta`, of a pause; an event is the cause of one. */
export function pauseMeta(cause: EventMeta, nowMs: number): CommandMeta {
  const { tenantId, workspaceId, eventId, correlationId, traceparent } = cause;
  return {
    commandId: uuidV5(`executor/paused/${eventId}`),
    ...{ tenantId, workspaceId, correlationId, traceparent },
    actorId: EXECUTOR_ACTOR,
    actorRoles: [],
    submittedAt: nowMs,
    attempt: 1,
    idempotency: null,
  };
}

/** As `reportMeta`, of the drain of a fenced tenant; a fence has one report. */
export function drainMeta(fence: EventMeta, nowMs: number): CommandMeta {
  const { tenantId, workspaceId, commandId, correlationId, traceparent } = fence;
  return {
    commandId: uuidV5(`executor/drained/${commandId}`),
    ...{ tenantId, workspaceId, correlationId, traceparent },
    actorId: 'executor',
    actorRoles: [],
    submittedAt: nowMs,
    attempt: 1,
    idempotency: null,
  };
}

/**
 * A frame as a record; its partition is the run's.
 *
 * @param id stable where the frame is, random else
 */
export function frameRecord(frame: Frame, id: string, partitions: number): OutgoingRecord {
  const { executionId } = frame.data;
  return {
    partition: partitionOf(executionId, partitions),
    key: executionId,
    value: encodeFrame(frame),
    headers: {
      [HEADER.specVersion]: '1.0',
      [HEADER.id]: id,
      [HEADER.type]: frame.type,
      [HEADER.source]: SOURCE,
    },
  };
}
