import type { Event } from '@flowplane/contracts';
import type { KafkaClient } from '@flowplane/plumbing/kafka';
import type { StopAtNewer } from '@flowplane/runtime/consume';
import { makeKnownFlows } from '@flowplane/runtime/known-flows';
import type { Projection } from '../runner/projection.js';
import type { Placed } from '../runner/source.js';
import { makeControlWork } from './control-work.js';
import { openEventSource } from './event-source.js';

export const CONTROL = 'control';

/** Events → flows, flow_versions, executions, commands, audit, fences; a purge removes all of its tenant. */
export function controlProjection(
  kafka: KafkaClient,
  eventsTopic: string,
  onNewer: StopAtNewer,
  onCommitted: (batch: readonly Placed<Event>[]) => void = () => {},
): Projection<Event> {
  return {
    name: CONTROL,
    openSource: () => openEventSource(kafka, eventsTopic, { onNewer }),
    ...makeControlWork(makeKnownFlows()),
    commandOffsetOf: (event) => event.meta.commandOffset,
    causeOf: (event) => event.meta.traceparent,
    onCommitted,
  };
}
