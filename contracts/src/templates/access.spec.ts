import { describe, expect, test } from 'vitest';
import { passed, refused } from '../../test/templates.js';
import type { AccessSettings, StoredTemplate, TemplateAction, TemplateUser } from './access.js';
import { checkMayWrite, checksBackendRoles, checkTemplateAccess, isTemplateAdmin, maySee } from './access.js';

const userOf = (name: string, backendRoles: readonly string[], roles: readonly string[] = []): TemplateUser => ({
  name,
  backend_roles: backendRoles,
  roles,
  custom_attribute_names: [],
});

const OWNER = userOf('ann', ['search', 'news']);
const CALLERS = {
  owner: OWNER,
  sharer: userOf('bob', ['news']),
  other: userOf('eve', ['sales']),
  nobodysFriend: userOf('kim', []),
  allAccess: userOf('root', [], ['all_access']),
  platformAdmin: userOf('ops', ['sales'], ['platform_admin']),
  superadmin: userOf('super', [], ['superadmin']),
  noUser: undefined,
};
type Caller = keyof typeof CALLERS;

const NO_TEMPLATE = [404, 'Failed to retrieve template (K1) from global context.'] as const;
const NO_STATUS = [404, 'Fail to find workflow status of K1'] as const;
const NO_STATE = [404, 'Failed to get workflow state for workflow K1'] as const;
const NOT_SHARED = [403, 'User does not have permissions to access workflow: K1'] as const;
const FOREIGN = [403, 'No permission to access this resource'] as const;
type Outcome = 'there' | 'not there' | readonly [status: number, message: string];

const settingsOf = (filterByBackendRoles: boolean, foreignStatus: 403 | 404 = 403): AccessSettings => ({
  filterByBackendRoles,
  foreignStatus,
});

function outcome(
  caller: Caller,
  [action, clearStatus]: readonly [TemplateAction, boolean?],
  stored: StoredTemplate | undefined,
  settings: AccessSettings,
): Outcome {
  const user = CALLERS[caller];
  const clear = clearStatus === undefined ? {} : { clearStatus };
  const result = checkTemplateAccess({ action, workflowId: 'K1', user, stored, ...clear }, settings);
  return result.ok ? (result.value ? 'there' : 'not there') : [result.error.status, result.error.message];
}

const WHOLE: StoredTemplate = { isForeign: false, hasTemplate: true, owner: OWNER };
const STATE_ONLY: StoredTemplate = { ...WHOLE, hasTemplate: false };
const FRIENDS: readonly Caller[] = ['owner', 'sharer', 'allAccess', 'platformAdmin', 'superadmin'];
const STRANGERS: readonly Caller[] = ['other', 'nobodysFriend'];
const EVERYBODY = Object.keys(CALLERS) as readonly Caller[];

/** Per action: what one gets with access checks off and on, of a state whose template was deleted, and of nothing at all. */
const MATRIX: readonly {
  readonly of: readonly [TemplateAction, boolean?];
  readonly readsState: boolean;
  readonly missing: Outcome;
}[] = [
  { of: ['get'], readsState: false, missing: NO_TEMPLATE },
  { of: ['update'], readsState: false, missing: NO_TEMPLATE },
  { of: ['provision'], readsState: false, missing: NO_TEMPLATE },
  { of: ['reprovision'], readsState: false, missing: NO_TEMPLATE },
  { of: ['resume'], readsState: false, missing: NO_TEMPLATE },
  { of: ['plan'], readsState: false, missing: NO_TEMPLATE },
  { of: ['delete'], readsState: false, missing: 'not there' },
  { of: ['delete', false], readsState: false, missing: 'not there' },
  { of: ['delete', true], readsState: true, missing: 'not there' },
  { of: ['status'], readsState: true, missing: NO_STATUS },
  { of: ['drift'], readsState: true, missing: NO_STATUS },
  { of: ['deprovision'], readsState: true, missing: NO_STATE },
];

describe.each(MATRIX)('$of', ({ of, readsState, missing }) => {
  const on = settingsOf(true);
  const off = settingsOf(false);

  test.each(EVERYBODY)('without a check of backend roles the whole tenant is let in: %s', (caller) => {
    expect(outcome(caller, of, WHOLE, off)).toBe('there');
    expect(outcome(caller, of, STATE_ONLY, off)).toEqual(readsState ? 'there' : missing);
    expect(outcome(caller, of, undefined, off)).toEqual(missing);
  });

  test.each([...FRIENDS, 'noUser'] as const)('with it, the owner, who shares a role, and an admin: %s', (caller) => {
    expect(outcome(caller, of, WHOLE, on)).toBe('there');
    const gone = caller === 'noUser' ? missing : NO_TEMPLATE;
    expect(outcome(caller, of, STATE_ONLY, on)).toEqual(readsState ? 'there' : gone);
    expect(outcome(caller, of, undefined, on)).toEqual(gone);
  });

  test.each(STRANGERS)('and no other: %s', (caller) => {
    expect(outcome(caller, of, WHOLE, on)).toEqual(NOT_SHARED);
    expect(outcome(caller, of, STATE_ONLY, on)).toEqual(readsState ? NOT_SHARED : NO_TEMPLATE);
    expect(outcome(caller, of, undefined, on)).toEqual(NO_TEMPLATE);
    expect(outcome(caller, of, { ...WHOLE, owner: undefined }, on)).toEqual(NOT_SHARED);
  });

  test.each(EVERYBODY)('another tenant has no access: %s', (caller) => {
    for (const filter of [false, true]) {
      const foreign = { ...WHOLE, isForeign: true };
      expect(outcome(caller, of, foreign, settingsOf(filter))).toEqual(FOREIGN);
      expect(outcome(caller, of, foreign, settingsOf(filter, 404))).toEqual(NO_TEMPLATE);
      const gone = filter && caller !== 'noUser' ? NO_TEMPLATE : missing;
      const stateOnly = { ...STATE_ONLY, isForeign: true };
      expect(outcome(caller, of, stateOnly, settingsOf(filter))).toEqual(readsState ? FOREIGN : gone);
      expect(outcome(caller, of, stateOnly, settingsOf(filter, 404))).toEqual(readsState ? NO_TEMPLATE : gone);
    }
  });
});

describe('create and update', () => {
  test('ask for a user with a backend role only where access goes by those', () => {
    for (const caller of EVERYBODY) {
      expect(passed(checkMayWrite(CALLERS[caller], settingsOf(false)))).toBeUndefined();
    }
    for (const caller of ['owner', 'sharer', 'other', 'platformAdmin'] as const) {
      expect(passed(checkMayWrite(CALLERS[caller], settingsOf(true)))).toBeUndefined();
    }
    expect(refused(checkMayWrite(undefined, settingsOf(true)))).toEqual({
      status: 400,
      message: 'Filter by backend roles is enabled and User is null',
    });
    expect(refused(checkMayWrite(CALLERS.nobodysFriend, settingsOf(true)))).toEqual({
      status: 403,
      message: 'Filter by backend roles is enabled, but User kim does not have any backend roles configured',
    });
  });
});

test('who is an administrator', () => {
  const admins = EVERYBODY.filter((caller) => isTemplateAdmin(CALLERS[caller]));
  expect(admins).toEqual(['allAccess', 'platformAdmin', 'superadmin', 'noUser']);
});

test('checks of backend roles need a user', () => {
  expect(checksBackendRoles(OWNER, settingsOf(true))).toBe(true);
  expect(checksBackendRoles(undefined, settingsOf(true))).toBe(false);
  expect(checksBackendRoles(OWNER, settingsOf(false))).toBe(false);
});

test('a search shows what access by id would', () => {
  for (const caller of EVERYBODY) {
    const byId = outcome(caller, ['status'], WHOLE, settingsOf(true)) === 'there';
    expect(maySee(CALLERS[caller], OWNER)).toBe(byId);
  }
});
