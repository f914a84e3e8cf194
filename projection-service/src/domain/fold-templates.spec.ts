import { describe, expect, it } from 'vitest';
import type { Event } from '@flowplane/contracts';
import { fold } from '../../test/fold-events.js';
import { makeEvents, T0 } from '../../test/sample-events.js';
import { index, templateEvents } from '../../test/template-events.js';
import type { TemplateRow } from './template-row.js';

const KEY = 'acme:t1';
const make = () => templateEvents(makeEvents({ tenantId: 'acme', workspaceId: 'W' }), 't1');
/** The row after the events, also when they come in batches of one. */
function rowAfter(events: readonly Event[]): TemplateRow | null | undefined {
  const together = fold(events).templates.get(KEY);
  let known = new Map<string, TemplateRow>();
  let last: TemplateRow | null | undefined;
  for (const event of events) {
    const { templates } = fold([event], { templates: known });
    if (templates.has(KEY)) last = templates.get(KEY);
    known = last === null || last === undefined ? new Map() : new Map([[KEY, last]]);
  }
  // Each batch of one begins at the same offset.
  const withoutPlace = (row: TemplateRow | null | undefined) => (row ? { ...row, logOffset: 0 } : row);
  expect(withoutPlace(last)).toEqual(withoutPlace(together));
  return together;
}

describe('templates', () => {
  it('begin with a document and a state in which nothing was done', () => {
    const t = make();
    expect(rowAfter([t.created()])).toEqual({
      ...{ tenantId: 'acme', templateId: 't1', document: '{"name":"demo"}', revision: 1, owner: null },
      ...{ createdAt: T0, updatedAt: T0, provisionedAt: null, state: 'NOT_STARTED', progress: 'NOT_STARTED' },
      ...{ startedAt: null, endedAt: null, error: null, errorStatus: null, resources: [], unsure: [] },
      ...{ completed: [], provisioning: null, deprovisioning: null, logOffset: 100 },
    });
  });

  it('are replaced as a whole, or in the fields that are given', () => {
    const t = make();
    const created = t.created('{"name":"a","version":{"template":"1.0.0","compatibility":["2.19.0"]},"workflows":{}}');
    expect(rowAfter([created, t.updated('{"name":"b"}', 'whole')])).toMatchObject({
      document: '{"name":"b"}',
      revision: 2,
      createdAt: T0,
      updatedAt: T0 + 1000,
    });
    const fields = rowAfter([created, t.updated('{"name":"c","version":{"template":"2.0.0"}}', 'fields')]);
    expect(JSON.parse(fields?.document ?? '')).toEqual({
      name: 'c',
      version: { template: '2.0.0', compatibility: ['2.19.0'] },
      workflows: {},
    });
  });

  it('show resources as they are made, one by one, and how the provisioning went', () => {
    const t = make();
    const begun = [t.created(), t.requested(), t.nodeStarted(), t.made('docs')];
    expect(rowAfter(begun)).toMatchObject({
      ...{ state: 'PROVISIONING', progress: 'IN_PROGRESS', startedAt: T0 + 1000, endedAt: null },
      ...{ resources: [index('docs')], provisioning: 't1-run', provisionedAt: T0 + 1000 },
    });
    expect(rowAfter([...begun, t.made('logs'), t.finished()])).toMatchObject({
      ...{ state: 'COMPLETED', progress: 'DONE', endedAt: T0 + 5000, provisioning: null },
      ...{ resources: [index('docs'), index('logs')], completed: ['make-docs', 'make-logs'], error: null },
    });
    const failed = t.finished('FAILED', 'WorkflowStepException during step make-docs, no\0, restStatus: BAD_REQUEST');
    expect(rowAfter([t.created(), t.requested(), failed])).toMatchObject({
      ...{ state: 'FAILED', progress: 'FAILED', errorStatus: 400 },
      error: 'WorkflowStepException during step make-docs, no\uFFFD, restStatus: BAD_REQUEST',
    });
  });

  it('are provisioned again with a new document, and keep what there is', () => {
    const t = make();
    const done = [t.created(), t.requested(), t.made('docs'), t.finished('FAILED', 'e')];
    expect(rowAfter([...done, t.requested('{"name":"new"}')])).toMatchObject({
      ...{ document: '{"name":"new"}', state: 'PROVISIONING', error: null, errorStatus: null },
      resources: [index('docs')],
    });
  });

  it('remember which nodes are done over several runs that go on, but for those that a run does anew', () => {
    const t = make();
    const resumed = (...ids: readonly string[]) =>
      t.requested(null, { action: 'resume', plan: JSON.stringify({ nodes: ids.map((id) => ({ id })) }) });
    const ended = (...completed: readonly string[]): Event => {
      const event = t.finished('FAILED', 'e');
      return { ...event, data: { ...event.data, completed } } as Event;
    };
    const first = [t.created(), t.requested(), ended('pipe', 'copy')];
    expect(rowAfter([...first, resumed('index')])).toMatchObject({ completed: ['pipe', 'copy'] });
    expect(rowAfter([...first, resumed('index'), ended()])).toMatchObject({ completed: ['pipe', 'copy'] });
    expect(rowAfter([...first, resumed('copy', 'index'), ended('index')])).toMatchObject({
      completed: ['pipe', 'index'],
    });
    expect(rowAfter([...first, t.requested(), ended('pipe')])).toMatchObject({ completed: ['pipe'] });
  });

  it('remember a node as done once its resource is recorded, and while it is only kept, but not while it is updated', () => {
    const t = make();
    const first = [t.created(), t.requested(), t.made('docs'), t.made('logs')];
    expect(rowAfter(first)).toMatchObject({ completed: ['make-docs', 'make-logs'] });
    const nodes = [
      { id: 'make-docs', action: 'update' },
      { id: 'make-logs', action: 'keep' },
    ];
    const again = t.requested('{"name":"new"}', { action: 'reprovision', plan: JSON.stringify({ nodes }) });
    expect(rowAfter([...first, t.finished(), again])).toMatchObject({ completed: ['make-logs'] });
  });

  it('lose resources one by one while these are removed, and begin anew when all are gone', () => {
    const t = make();
    const done = [t.created(), t.requested(), t.made('docs'), t.made('logs'), t.finished()];
    const removing = [...done, t.removal(), t.removed('logs')];
    expect(rowAfter(removing)).toMatchObject({
      ...{ resources: [index('docs')], deprovisioning: 't1-removal', state: 'COMPLETED' },
    });
    expect(rowAfter([...removing, t.removalFinished(['docs'])])).toMatchObject({
      ...{ state: 'COMPLETED', progress: 'DONE', resources: [index('docs')], deprovisioning: null },
    });
    expect(rowAfter([...removing, t.removalFinished()])).toMatchObject({
      ...{ state: 'NOT_STARTED', progress: 'NOT_STARTED', resources: [], startedAt: null, document: '{"name":"demo"}' },
    });
  });

  it('say what is unsure until they are provisioned again, also when all that is known was removed', () => {
    const t = make();
    const unsure = [{ ...index('docs'), found: 'unknown' as const }];
    const ended = t.finished('FAILED', 'lost');
    const lost = { ...ended, data: { ...ended.data, unsure } } as Event;
    const removed = [t.created(), t.requested(), lost, t.removal(), t.removalFinished()];
    expect(rowAfter(removed)).toMatchObject({ progress: 'NOT_STARTED', resources: [], unsure });
    expect(rowAfter([...removed, t.requested()])).toMatchObject({ progress: 'IN_PROGRESS', unsure: [] });
  });

  it('have no deprovisioning any more that waited for an end with which it did not begin', () => {
    const t = make();
    const waiting = [t.created(), t.requested(), t.removal()];
    expect(rowAfter(waiting)).toMatchObject({ provisioning: 't1-run', deprovisioning: 't1-removal' });
    expect(rowAfter([...waiting, t.finished()])).toMatchObject({ provisioning: null, deprovisioning: null });
  });

  it('leave their state behind when they are deleted, until nothing is left', () => {
    const t = make();
    const done = [t.created(), t.requested(), t.made('docs'), t.finished()];
    expect(rowAfter([...done, t.deleted(false)])).toMatchObject({ document: null, resources: [index('docs')] });
    expect(rowAfter([...done, t.deleted(false), t.removal(), t.removalFinished()])).toBeNull();
    expect(rowAfter([...done, t.deleted(true)])).toBeNull();
    // A resource that was reported late is there all the same.
    expect(rowAfter([...done, t.deleted(true), t.made('late')])).toMatchObject({
      ...{ document: null, state: 'FAILED', resources: [index('late')] },
    });
  });
});
