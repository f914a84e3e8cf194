import type { Event } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { fold } from '../../test/fold-events.js';
import { makeEvents, versionPublished } from '../../test/sample-events.js';
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
