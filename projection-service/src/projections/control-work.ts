import type { Event } from '@flowplane/contracts';
import type { FlowRow } from '@flowplane/contracts/read-model';
import type { Answer } from '@flowplane/plumbing/postgres';
import type { KnownFlows } from '@flowplane/runtime/known-flows';
import {
  foldControl,
  needsOf,
  type ControlChanges,
  type ControlKnown,
  type ControlNeeds,
} from '../domain/control-batch.js';
import { foldFences, knownAfter, takePurges } from '../domain/fold-teardown.js';
import { flowKeyOf, type FlowKey } from '../domain/logged-event.js';
import { folded, type Projection } from '../runner/projection.js';
import { controlReads } from '../store/load-control.js';
import { controlWrites } from '../store/write-control.js';
import { fenceWrites, purgeWrites } from '../store/write-teardown.js';

/**
 * What a batch of events does to the control tables. Rows of flows as committed batches left them are remembered, since
 * nothing else writes them: most batches then build on nothing that has to be read first (ADR 78).
 */
export function makeControlWork(flows: KnownFlows): Required<Pick<Projection<Event>, 'work' | 'forget'>> {
  return {
    forget: flows.clear,
    work: (batch) => {
      const { purges, left } = folded(() => takePurges(batch));
      const needs = folded(() => needsOf(left));
      const remembered = recall(flows, needs);
      const { statements, known } = controlReads(unknownOf(needs, remembered));
      let onWritten = (): void => {};
      const writesFrom = (answers: readonly Answer[]) => {
        const before = knownAfter(withFlows(known(answers), remembered), purges);
        const changes = folded(() => foldControl(left, before));
        onWritten = () => {
          if (purges.length > 0) flows.clear();
          remember(flows, before, changes);
        };
        return [...purgeWrites(purges), ...controlWrites(changes), ...fenceWrites(folded(() => foldFences(left)))];
      };
      const written = { onWritten: () => onWritten() };
      return statements.length === 0
        ? { writes: writesFrom([]), ...written }
        : { reads: statements, writesFrom, ...written };
    },
  };
}

type Remembered = Pick<ControlKnown, 'flows' | 'generations'>;

function recall(known: KnownFlows, needs: ControlNeeds): Remembered {
  const flows = new Map<FlowKey, FlowRow>();
  const generations = new Map<FlowKey, number>();
  for (const key of needs.flows) {
    const row = known.row(key);
    if (row !== undefined) flows.set(key, row);
  }
  for (const key of needs.generations) {
    const generation = known.generation(key);
    if (generation !== undefined) generations.set(key, generation);
  }
  return { flows, generations };
}

const unknownOf = (needs: ControlNeeds, { flows, generations }: Remembered): ControlNeeds => ({
  ...needs,
  flows: new Set([...needs.flows].filter((key) => !flows.has(key))),
  generations: new Set([...needs.generations].filter((key) => !generations.has(key))),
});

const withFlows = (read: ControlKnown, { flows, generations }: Remembered): ControlKnown => ({
  ...read,
  flows: new Map([...read.flows, ...flows]),
  generations: new Map([...read.generations, ...generations]),
});

/** Takes over what a committed batch knew and changed: the changes last, which are newer. */
function remember(flows: KnownFlows, before: Remembered, changes: Pick<ControlChanges, 'flows'>): void {
  for (const [key, generation] of before.generations) flows.putGeneration(key, generation);
  for (const [key, row] of before.flows) flows.putRow(key, row);
  for (const row of changes.flows) flows.putRow(flowKeyOf(row.tenantId, row.workspaceId, row.flowId), row);
}
