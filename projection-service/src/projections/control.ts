import type { Event } from '@flowplane/contracts';
import type { KafkaClient } from '@flowplane/plumbing/kafka';
import type { StopAtNewer } from '@flowplane/runtime/consume';
import type { Answer } from '@flowplane/plumbing/postgres';
import { foldControl, needsOf } from '../domain/control-batch.js';
import { foldFences, knownAfter, takePurges } from '../domain/fold-teardown.js';
import { folded, type Projection } from '../runner/projection.js';
import type { Placed } from '../runner/source.js';
import { controlReads } from '../store/load-control.js';
import { controlWrites } from '../store/write-control.js';
import { fenceWrites, purgeWrites } from '../store/write-teardown.js';
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
    work: (batch) => {
      const { purges, left } = folded(() => takePurges(batch));
      const { statements, known } = controlReads(folded(() => needsOf(left)));
      const writesFrom = (answers: readonly Answer[]) => [
        ...purgeWrites(purges),
        ...controlWrites(folded(() => foldControl(left, knownAfter(known(answers), purges)))),
        ...fenceWrites(folded(() => foldFences(left))),
      ];
      return statements.length === 0 ? { writes: writesFrom([]) } : { reads: statements, writesFrom };
    },
    commandOffsetOf: (event) => event.meta.commandOffset,
    causeOf: (event) => event.meta.traceparent,
    onCommitted,
  };
}
