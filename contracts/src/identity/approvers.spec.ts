import { expect, it } from 'vitest';
import { approverEntries, maySignal, readApprover } from './approvers.js';
import { apiKeyIdentity } from './api-key.js';

it.each([
  ['role:boss', { kind: 'role', name: 'boss' }],
  ['user:u-1', { kind: 'user', name: 'u-1' }],
  ['u-1', { kind: 'user', name: 'u-1' }],
  ['Role:boss', { kind: 'user', name: 'Role:boss' }],
])('%s', (entry, approver) => {
  expect(readApprover(entry)).toEqual(approver);
});

it.each([
  [{ actorId: 'u-1', roles: ['boss', 'clerk'] }, ['role:boss', 'role:clerk', 'user:u-1', 'u-1']],
  [{ actorId: 'role:boss', roles: [] }, ['user:role:boss']],
  [{ actorId: 'user:x', roles: [] }, ['user:user:x']],
])('%j is named by what reads as that caller, and by nothing else', (caller, entries) => {
  expect(approverEntries(caller)).toEqual(entries);
  const names = ({ kind, name }: ReturnType<typeof readApprover>): boolean =>
    kind === 'role' ? caller.roles.includes(name as never) : caller.actorId === name;
  expect(entries.every((entry) => names(readApprover(entry)))).toBe(true);
});

it('an anon key decides nothing', () => {
  const key = (type: 'anon' | 'service') => apiKeyIdentity({ keyId: 'k', tenantId: 'T', workspaceId: 'W', type });
  expect([maySignal(key('anon')), maySignal(key('service'))]).toEqual([false, true]);
  expect(maySignal({ ...key('service'), privilegeDomain: 'structural_admin' })).toBe(false);
  expect(maySignal({ ...key('service'), hasSubject: false })).toBe(false);
});
