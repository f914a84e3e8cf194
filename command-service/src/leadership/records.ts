import {
  encodeEpochStarted,
  encodeEvent,
  HEADER,
  packLogHeader,
  traceHeader,
  type EpochStarted,
  type Event,
} from '@flowplane/contracts';
import type { RecordToWrite } from '@flowplane/plumbing/kafka';

const SPEC_VERSION = '1.0';
const SOURCE = '/flowplane/decider';

/** Who writes: epoch and owner of the claim that the term began with. */
export type Leader = { readonly epoch: number; readonly owner: string };

export function eventRecord(event: Event, { epoch, owner }: Leader): RecordToWrite {
  const { meta } = event;
  return {
    key: meta.tenantId,
    value: encodeEvent(event),
    headers: {
      [HEADER.specVersion]: SPEC_VERSION,
      [HEADER.id]: meta.eventId,
      [HEADER.type]: event.type,
      [HEADER.source]: SOURCE,
      [HEADER.log]: packLogHeader({ epoch, owner, commandOffset: meta.commandOffset, index: meta.index }),
      ...traceHeader(meta.traceparent),
    },
  };
}

export function claimRecord(claim: EpochStarted): RecordToWrite {
  const { epoch, owner, partition } = claim;
  return {
    key: `partition-${partition}`,
    value: encodeEpochStarted(claim),
    headers: {
      [HEADER.specVersion]: SPEC_VERSION,
      [HEADER.id]: owner,
      [HEADER.type]: 'EpochStarted',
      [HEADER.source]: SOURCE,
      [HEADER.log]: packLogHeader({ epoch, owner, commandOffset: -1, index: 0 }),
    },
  };
}
