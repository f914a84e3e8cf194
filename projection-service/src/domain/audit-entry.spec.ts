import type { Event } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { fold } from '../../test/fold-events.js';
import { makeEvents, versionPublished } from '../../test/sample-events.js';
import { templateEvents } from '../../test/template-events.js';
import { auditEntry, NEVER_AUDITED } from './audit-entry.js';
import { auditRecord } from './audit-record.js';

it('has no entry for the types that are not even read', () => {
  expect(NEVER_AUDITED.size).toBeGreaterThan(0);
  for (const type of NEVER_AUDITED) expect(auditEntry({ type, meta: {}, data: {} } as Event)).toBeUndefined();
});

it('has a removed version in the view only: the topic keeps its eight types', () => {
  const events = makeEvents({ tenantId: 'T', workspaceId: 'W' });
  const archived = events.next('FlowVersionArchived', 'ArchiveFlowVersion', { flowId: 'F', version: 1 });
  expect(auditEntry(archived)).toMatchObject({ eventType: 'flow.version_archived', flowVersion: '1' });
  expect(auditRecord(archived)).toBeUndefined();
  expect(auditRecord(versionPublished(events, 'F', 1))?.headers).toMatchObject({ ce_type: 'flow.version_published' });
});

it('has changes to connections in the view only, with their name and nothing of their secret', () => {
  const events = makeEvents({ tenantId: 'T', workspaceId: 'W' });
  const put = events.next('ConnectionPut', 'PutConnection', {
    ...{ name: 'crm', kind: 'llm', endpoint: '{}', version: 2, secretId: 'secret-1', fingerprint: 'a fingerprint' },
    ...{ superseded: [], createdAt: 1, rotatedAt: 2, rotatedBy: 'alice' },
  });
  const removed = events.next('ConnectionRemoved', 'DeleteConnection', { name: 'crm', superseded: [] } as never);
  const { audit } = fold([put, removed]);
  expect(audit).toMatchObject([
    { eventType: 'connection.put', connectionName: 'crm', flowId: null, actorId: 'alice', outcome: 'accepted' },
    { eventType: 'connection.removed', connectionName: 'crm', flowId: null },
  ]);
  expect(JSON.stringify(audit)).not.toMatch(/secret-1|a fingerprint/);
  for (const event of [put, removed]) expect(auditRecord(event)).toBeUndefined();
});

it('has what is asked of templates in the view only, as of the workspace of templates', () => {
  const events = makeEvents({ tenantId: 'T', workspaceId: '_tpl' });
  const template = templateEvents(events, 'agents');
  const all = [template.created(), template.requested(), template.made('docs'), template.finished()];
  all.push(template.removal(), template.removed('docs'), template.removalFinished([]), template.deleted(true));
  expect(
    all.map(auditEntry).flatMap((entry) => (entry === undefined ? [] : [[entry.eventType, entry.flowId]])),
  ).toEqual([
    ['template.created', 'agents'],
    ['template.provisioned', 'agents'],
    ['template.deprovisioned', 'agents'],
    ['template.deleted', 'agents'],
  ]);
  expect(auditEntry(template.requested())?.executionId).toEqual(expect.any(String));
  for (const event of all) expect(auditRecord(event)).toBeUndefined();
});
