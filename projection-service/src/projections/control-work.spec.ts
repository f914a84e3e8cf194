import type { Event } from '@flowplane/contracts';
import type { Answer } from '@flowplane/plumbing/postgres';
import { makeKnownFlows } from '@flowplane/runtime/known-flows';
import { describe, expect, it } from 'vitest';
import { logged } from '../../test/fold-events.js';
import { executionRequested, flowCreated, makeEvents } from '../../test/sample-events.js';
import type { BatchWork } from '../runner/projection.js';
import { makeControlWork } from './control-work.js';

const scope = { tenantId: 'T', workspaceId: 'W' };
const NO_ROWS = { rows: [] } as unknown as Answer;

/** The work of a new projection, whose batches follow each other. */
function batches() {
  const { work, forget } = makeControlWork(makeKnownFlows());
  let offset = 100;
  const of = (...events: readonly Event[]): BatchWork => {
    const batch = logged(events, { from: offset }).map((one) => ({ ...one, timestamp: 0 }));
    offset += events.length;
    return work(batch);
  };
  return { of, forget };
}

const namesOf = (work: BatchWork): readonly (string | undefined)[] =>
  'reads' in work ? work.reads.map(({ name }) => name) : [];
/** What is written of flows. */
function flowRows(work: BatchWork): readonly Record<string, unknown>[] {
  if (!('writes' in work)) throw new Error('it reads first');
  const statement = work.writes.find(({ name }) => name === 'control-flows');
  const [rows = '[]'] = (statement?.values ?? []) as readonly string[];
  return JSON.parse(rows) as readonly Record<string, unknown>[];
}
/** Of a batch that is committed, on tables that have no rows which it reads. */
async function committed(work: BatchWork): Promise<void> {
  if ('reads' in work) await work.writesFrom(work.reads.map(() => NO_ROWS));
  work.onWritten?.();
}
const updated = (events: ReturnType<typeof makeEvents>, revision: number, name = `r${revision}`): Event =>
  events.next('FlowUpdated', 'UpdateFlow', { flowId: 'F', name, definition: null, definitionYaml: null, revision });

describe('what a batch builds on', () => {
  it('is remembered from the committed batches before it, so that nothing is read', async () => {
    const { of } = batches();
    const events = makeEvents(scope);
    await committed(of(flowCreated(events, 'F')));
    const patch = of(updated(events, 2, 'second'));
    expect(flowRows(patch)).toMatchObject([{ name: 'second', revision: 2, generation: 100 }]);
    await committed(patch);
    const start = of(executionRequested(events, 'F', 'T:W:F:1'));
    expect(namesOf(start)).toEqual([]);
    await committed(start);
    expect(flowRows(of(updated(events, 3, 'third')))).toMatchObject([{ name: 'third', revision: 3, generation: 100 }]);
  });

  it('is read where the batch before it was not committed', async () => {
    const { of } = batches();
    const events = makeEvents(scope);
    of(flowCreated(events, 'F'));
    expect(namesOf(of(updated(events, 2)))).toEqual(['known-flows']);
    expect(namesOf(of(executionRequested(events, 'F', 'T:W:F:1')))).toEqual(['known-generations']);
  });

  it('is read again once all is to be forgotten', async () => {
    const { of, forget } = batches();
    const events = makeEvents(scope);
    await committed(of(flowCreated(events, 'F')));
    forget();
    expect(namesOf(of(updated(events, 2)))).toEqual(['known-flows']);
  });

  it('is that of the new flow after one was made again under its id', async () => {
    const { of } = batches();
    const events = makeEvents(scope);
    await committed(of(flowCreated(events, 'F')));
    await committed(of(events.next('FlowDeleted', 'DeleteFlow', { flowId: 'F', revision: 2 })));
    expect(flowRows(of(updated(events, 3)))).toEqual([]);
    await committed(of(flowCreated(events, 'F')));
    expect(flowRows(of(updated(events, 2)))).toMatchObject([{ revision: 2, generation: 103 }]);
  });

  it('is nothing of before a purge, of any tenant', async () => {
    const { of } = batches();
    const events = makeEvents(scope);
    const others = makeEvents({ tenantId: 'U', workspaceId: 'W' });
    await committed(of(flowCreated(events, 'F'), flowCreated(others, 'F')));
    const purged = { fenceId: 'f', destroyedResources: '{}' };
    await committed(of(others.next('TenantPurged', 'RecordTenantPurged', purged, { workspaceId: '' })));
    expect(namesOf(of(updated(others, 2)))).toEqual(['known-flows']);
    expect(namesOf(of(updated(events, 2)))).toEqual(['known-flows']);
  });

  it('is read for the flows that are not known only', async () => {
    const { of } = batches();
    const events = makeEvents(scope);
    await committed(of(flowCreated(events, 'F')));
    const other = events.next('FlowUpdated', 'UpdateFlow', {
      ...{ flowId: 'G', name: 'g', definition: null, definitionYaml: null, revision: 2 },
    });
    const mixed = of(updated(events, 2, 'second'), other);
    if (!('reads' in mixed)) throw new Error('G is not known');
    expect(mixed.reads.map(({ values }) => values)).toEqual([
      [JSON.stringify([{ tenantId: 'T', workspaceId: 'W', flowId: 'G' }])],
    ]);
    const writes = await mixed.writesFrom([NO_ROWS]);
    expect(flowRows({ writes })).toMatchObject([{ flowId: 'F', name: 'second' }]);
  });
});
