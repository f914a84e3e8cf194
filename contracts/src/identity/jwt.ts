import { isScopeId } from '../ids/index.js';
import type { Identity } from './identity.js';

const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

/** `scope` and `scopes` come as one text separated by blanks or as a list. */
const wordsOf = (value: unknown): readonly string[] =>
  typeof value === 'string' ? value.split(/\s+/).filter((word) => word !== '') : strings(value);

const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/**
 * Identity from the claims of a token whose signature and times have been checked (flows-api 2.1).
 *
 * @returns undefined without a usable `tenant_id` or `sub`: 401
 */
export function jwtIdentity(claims: Readonly<Record<string, unknown>>): Identity | undefined {
  const tenantId = textOrNull(claims['tenant_id']);
  const actorId = textOrNull(claims['sub']);
  if (tenantId === null || !isScopeId(tenantId) || actorId === null) return undefined;
  const access = claims['realm_access'];
  const roles =
    typeof access === 'object' && access !== null ? strings((access as { readonly roles?: unknown }).roles) : [];
  const workspaceIds = claims['workspace_ids'];
  return {
    tenantId,
    boundWorkspaceId: textOrNull(claims['workspace_id']),
    actorId,
    kind: 'jwt',
    dbRole: 'flows_app',
    roles,
    scopes: [...wordsOf(claims['scope']), ...wordsOf(claims['scopes'])],
    workspaceIds: workspaceIds === undefined ? null : wordsOf(workspaceIds),
    privilegeDomain: textOrNull(claims['privilege_domain']),
  };
}
