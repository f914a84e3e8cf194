import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { isScopeId } from '../ids/index.js';
import { isSubject, NOBODY, type Identity } from './identity.js';

const Text = Type.String({ minLength: 1 });
/** One text separated by blanks, or a list. */
const Words = Type.Union([Type.String(), Type.Array(Type.String())]);

/** The claims that are read. One that is there with another type is never taken for one that is not: that would open. */
const Claims = Type.Object({
  tenant_id: Text,
  sub: Type.Optional(Type.String()),
  workspace_id: Type.Optional(Text),
  workspace_ids: Type.Optional(Words),
  realm_access: Type.Optional(Type.Object({ roles: Type.Optional(Type.Array(Type.String())) })),
  backend_roles: Type.Optional(Words),
  scope: Type.Optional(Words),
  scopes: Type.Optional(Words),
  privilege_domain: Type.Optional(Text),
  exp: Type.Optional(Type.Number()),
});

const wordsOf = (value: Static<typeof Words> = []): readonly string[] =>
  typeof value === 'string' ? value.split(/\s+/).filter((word) => word !== '') : value;

/**
 * Identity from the claims of a token whose signature and times have been checked (flows-api 2.1).
 *
 * @returns undefined without a usable `tenant_id`, or with a claim of an unexpected type: 401
 */
export function jwtIdentity(claims: Readonly<Record<string, unknown>>): Identity | undefined {
  if (!Value.Check(Claims, claims) || !isScopeId(claims.tenant_id)) return undefined;
  const { sub = '', workspace_ids: workspaceIds } = claims;
  const hasSubject = isSubject(sub);
  return {
    tenantId: claims.tenant_id,
    boundWorkspaceId: claims.workspace_id ?? null,
    actorId: hasSubject ? sub : NOBODY,
    hasSubject,
    kind: 'jwt',
    dbRole: 'flows_app',
    roles: claims.realm_access?.roles ?? [],
    backendRoles: wordsOf(claims.backend_roles),
    scopes: [...wordsOf(claims.scope), ...wordsOf(claims.scopes)],
    workspaceIds: workspaceIds === undefined ? null : wordsOf(workspaceIds),
    privilegeDomain: claims.privilege_domain ?? null,
    expiresAt: claims.exp === undefined ? null : claims.exp * 1000,
  };
}
