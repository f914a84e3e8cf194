import type { Event } from '@flowplane/contracts';
import type { KafkaClient } from '@flowplane/infra/kafka';
import { foldControl, needsOf } from '../domain/control-batch.js';
import { folded, type Projection } from '../runner/projection.js';
import type { Placed } from '../runner/source.js';
import { controlReads } from '../store/load-control.js';
import { controlWrites } from '../store/write-control.js';
import { openEventSource } from './event-source.js';

export const CONTROL = 'control';

/** Events → flows, flow_versions, executions, commands, audit. */
export function controlProjection(
  kafka: KafkaClient,
  eventsTopic: string,
  onCommitted: (batch: readonly Placed<Event>[]) => void = () => {},
): Projection<Event> {
  return {
    name: CONTROL,
    openSource: () => openEventSource(kafka, eventsTopic),
    work: (batch) => {
      const { statements, known } = controlReads(folded(() => needsOf(batch)));
      return {
        reads: statements,
        writes: (answers) => controlWrites(folded(() => foldControl(batch, known(answers)))),
      };
    },
    commandOffsetOf: (event) => event.meta.commandOffset,
    onCommitted,
  };
}
