import type { Event } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { auditEntry, NEVER_AUDITED } from './audit-entry.js';

it('has no entry for the types that are not even read', () => {
  expect(NEVER_AUDITED.size).toBeGreaterThan(0);
  for (const type of NEVER_AUDITED) expect(auditEntry({ type, meta: {}, data: {} } as Event)).toBeUndefined();
});
