import type { Event, ReadPosition } from '@flowplane/contracts';
import type { EventReader } from '@flowplane/runtime/consume';

/**
 * What the log itself says was done of the events from a position on: what it has of a run or a fence must not be done
 * again, however old its request is. A state database that was lost, or restored from an older copy, does not know it.
 */
export type DoneInLog = {
  /** Ids of runs whose start, or end, the log has. */
  readonly started: ReadonlySet<string>;
  readonly closed: ReadonlySet<string>;
  /** Ids of runs of templates of which the log has a step: nothing says that they were started. */
  readonly begun: ReadonlySet<string>;
  /** Fences (ids of their commands) of which the drain is reported. */
  readonly drained: ReadonlySet<string>;
  /** Nothing at this offset or behind it was looked at. */
  readonly end: number;
};

/** Types that say nothing about it, so that they need not be decoded. */
export const TELLS_NOTHING: ReadonlySet<Event['type']> = new Set<Event['type']>([
  'FlowCreated',
  'FlowUpdated',
  'FlowDeleted',
  'FlowVersionPublished',
  'FlowVersionArchived',
  'ExecutionRequested',
  'ExecutionSignaled',
  'ExecutionCancelRequested',
  'TriggerStartRefused',
  'TriggerRecordSettled',
  'TemplateCreated',
  'TemplateUpdated',
  'TemplateDeleted',
  'ProvisioningRequested',
  'DeprovisioningRequested',
  'ConnectionPut',
  'ConnectionRemoved',
  'LlmModelsSet',
  'CommandAcknowledged',
  'CommandDenied',
  'CommandRejected',
  'CommandStale',
]);

/** Ends of runs, of flows and of templates. */
const ENDS: ReadonlySet<Event['type']> = new Set<Event['type']>([
  'ExecutionClosed',
  'ProvisioningFinished',
  'DeprovisioningFinished',
]);

/** Steps of runs of templates. */
const STEPS: ReadonlySet<Event['type']> = new Set<Event['type']>([
  'ProvisioningNodeStarted',
  'ResourceCreated',
  'ResourceRemoved',
]);

/**
 * Reads a partition from `from` to `end`.
 *
 * @param reader is assigned to that partition, and closed
 * @throws OffsetOutOfRange when events are missing; KafkaFault
 */
export async function readDone(
  reader: EventReader,
  partition: number,
  from: ReadPosition,
  end: number,
): Promise<DoneInLog> {
  const started = new Set<string>();
  const closed = new Set<string>();
  const begun = new Set<string>();
  const drained = new Set<string>();
  const take = (event: Event): void => {
    if (event.type === 'ExecutionStarted') started.add(event.data.executionId);
    if (ENDS.has(event.type) && 'executionId' in event.data && event.data.executionId !== null) {
      closed.add(event.data.executionId);
    }
    if (STEPS.has(event.type) && 'executionId' in event.data && event.data.executionId !== null) {
      begun.add(event.data.executionId);
    }
    if (event.type === 'TenantDrained') drained.add(event.data.fenceId);
  };
  try {
    if (from.offset < end) reader.assign(new Map([[partition, from]]));
    for (let reached = from.offset; reached < end;) {
      for (const { records, position } of await reader.poll(500)) {
        for (const record of records) if (record.kind === 'event') take(record.event);
        reached = position.offset;
      }
    }
    return { started, closed, begun, drained, end };
  } finally {
    await reader.close();
  }
}

/** Whether the executor has ever worked on what was read. */
export const wasWorkedOn = ({ started, begun, drained }: DoneInLog): boolean =>
  started.size + begun.size + drained.size > 0;

/** The position of a partition is gone, and the log has work that was done there. */
export class PositionLost extends Error {
  override readonly name = 'PositionLost';
  constructor(partition: number, { started, begun }: DoneInLog) {
    super(
      `executor.positions of the state database has no position for partition ${partition} of the events log, which ` +
        `has ${started.size + begun.size} runs that were started: was that database lost, or is FLOWS_STATE_DB_URL another one? ` +
        'Restore it, or set FLOWS_EXECUTOR_FROM_START=1 to read the log from its start without starting those again ' +
        '(docs/restore.md)',
    );
  }
}
