import type { Problem } from '../log/messages/index.js';
import { problem } from '../problems/index.js';
import { ROUTES, type RouteSpec } from '../api/routes.js';
import type { TemplateRouteSpec } from '../api/template-routes.js';
import type { Identity } from './identity.js';

const STRUCTURAL_ROLES = [
  'tenant_owner',
  'tenant_admin',
  'workspace_owner',
  'workspace_admin',
  'platform_admin',
  'superadmin',
];
const TENANT_WIDE_ROLES = ['tenant_owner', 'tenant_admin', 'platform_admin', 'superadmin'];

/** Roles that no privilege domain keeps out. */
const ANY_DOMAIN_ROLES: readonly string[] = ['platform_admin'];

/** Roles that operator routes ask for. */
export const OPERATOR_ROLES: readonly string[] = ['platform_admin', 'superadmin'];

const hasAny = (identity: Identity, roles: readonly string[]): boolean =>
  identity.roles.some((role) => roles.includes(role));

export type AccessRequest = {
  readonly identity: Identity;
  readonly route: Pick<RouteSpec, 'domain' | 'gate' | 'method'>;
  readonly pathWorkspaceId: string;
  readonly binding: 'strict' | 'identity';
  /** Tenant that owns a workspace, if any is known. */
  readonly ownerOf: (workspaceId: string) => Promise<string | undefined>;
  readonly registry: 'claim' | 'strict' | 'off';
};
export type AccessResult =
  | { readonly granted: true; readonly workspaceId: string }
  | {
      readonly granted: false;
      readonly problem: Problem;
      /** The workspace the refusal is about, where the caller may learn it; null: another tenant’s, or maybe one. */
      readonly workspaceId: string | null;
      /** Roles of which one would have let the caller in; absent: no role would. */
      readonly requiredRoles?: readonly string[];
    };

const refuse = (refusal: Problem, workspaceId: string | null, requiredRoles?: readonly string[]): AccessResult => ({
  granted: false,
  problem: refusal,
  workspaceId,
  ...(requiredRoles === undefined ? {} : { requiredRoles }),
});

/** Whether the role gate of flows-api 2.2(5) applies to this identity on this route. */
function isGated(request: Pick<AccessRequest, 'identity' | 'route'>): boolean {
  const { gate } = request.route;
  if (gate === 'yes') return true;
  return gate === 'known' && (request.identity.roles.length > 0 || request.identity.kind === 'api-key');
}

/**
 * The checks of flows-api 2.2, in their order (the absent tenant, check 1, is settled before an identity exists).
 *
 * @returns the workspace the request is about, or the refusal.
 */
export async function checkAccess(request: AccessRequest): Promise<AccessResult> {
  const bound = boundWorkspace(request);
  if (typeof bound !== 'string') return bound;
  return judgeAccess(request, bound, request.registry === 'off' ? undefined : await request.ownerOf(bound));
}

/** The workspace that a request is about, or the refusal of one that the credential is not bound to. */
function boundWorkspace({ identity, pathWorkspaceId, binding }: AccessRequest): string | AccessResult {
  const { boundWorkspaceId } = identity;
  if (boundWorkspaceId === null || boundWorkspaceId === pathWorkspaceId) return pathWorkspaceId;
  return binding === 'strict' ? refuse(problem('FORBIDDEN'), boundWorkspaceId) : boundWorkspaceId;
}

/** The checks behind the binding, for a workspace whose owner is known. @param owner undefined: nobody, or not asked for */
export function judgeAccess(
  request: Pick<AccessRequest, 'identity' | 'route' | 'registry'>,
  workspaceId: string,
  owner: string | undefined,
): AccessResult {
  const { identity } = request;
  if (owner !== undefined && owner !== identity.tenantId) return refuse(problem('CROSS_TENANT_VIOLATION'), null);
  if (isWrongDomain(request)) return refuse(problem('PRIVILEGE_DOMAIN_MISMATCH'), workspaceId, ANY_DOMAIN_ROLES);
  if (!mayUse(request)) return refuse(problem('FORBIDDEN'), workspaceId);
  if (isGated(request)) {
    if (!passesGate(request)) return refuse(problem('FORBIDDEN'), workspaceId, STRUCTURAL_ROLES);
    const claimed = identity.workspaceIds === null || identity.workspaceIds.includes(workspaceId);
    if (!claimed && !hasAny(identity, TENANT_WIDE_ROLES))
      return refuse(problem('FORBIDDEN'), workspaceId, TENANT_WIDE_ROLES);
    if (request.registry === 'strict' && owner === undefined)
      return refuse(problem('WORKSPACE_NOT_FOUND'), workspaceId);
  }
  return { granted: true, workspaceId };
}

/**
 * The checks of a credential on a route that a signature admits to (flows-api 10.3): binding, then domain. Whose the
 * workspace is does not show: to a foreign tenant the trigger is as good as unknown, and a refusal names no workspace
 * but the bound one.
 */
export function checkSignedAccess(
  request: Pick<AccessRequest, 'identity' | 'route' | 'pathWorkspaceId' | 'binding'>,
): AccessResult {
  const { identity, pathWorkspaceId, binding } = request;
  const { boundWorkspaceId } = identity;
  const workspaceId = boundWorkspaceId ?? pathWorkspaceId;
  if (workspaceId !== pathWorkspaceId && binding === 'strict') return refuse(problem('FORBIDDEN'), boundWorkspaceId);
  if (isWrongDomain(request)) {
    return refuse(problem('PRIVILEGE_DOMAIN_MISMATCH'), boundWorkspaceId, ANY_DOMAIN_ROLES);
  }
  return mayUse(request) ? { granted: true, workspaceId } : refuse(problem('FORBIDDEN'), boundWorkspaceId);
}

const isWrongDomain = ({ identity, route }: Pick<AccessRequest, 'identity' | 'route'>): boolean =>
  identity.privilegeDomain !== null && identity.privilegeDomain !== route.domain && !hasAny(identity, ANY_DOMAIN_ROLES);

const passesGate = ({ identity }: Pick<AccessRequest, 'identity'>): boolean =>
  identity.kind !== 'api-key' && hasAny(identity, STRUCTURAL_ROLES);

/** Whether a caller who was let into the workspace may read the definitions of its versions. */
export function mayReadDefinitions(identity: Identity): boolean {
  const request = { identity, route: ROUTES.getVersion };
  return !isWrongDomain(request) && mayUse(request) && (!isGated(request) || passesGate(request));
}

/** Whether a caller may change what is structural: the role gate of flows-api 2.2(5), without a workspace. */
export const mayChangeStructure = (identity: Identity): boolean => passesGate({ identity });

/** Whether a caller may use operator routes. */
export const isOperator = (identity: Identity): boolean =>
  identity.kind !== 'api-key' && hasAny(identity, OPERATOR_ROLES);

/** An anon key only reads run data (flows-api 4); the gate keeps every key from structure. */
function mayUse({ identity, route }: Pick<AccessRequest, 'identity' | 'route'>): boolean {
  return identity.dbRole !== 'flows_anon' || (route.domain === 'data_access' && route.method === 'GET');
}

/**
 * Whether a caller is let in to a route of templates. They are structure: what a privilege domain or a key keeps from that
 * it keeps from these (flows-api 2.2).
 */
export function mayUseTemplates(identity: Identity, { gate }: Pick<TemplateRouteSpec, 'gate'>): boolean {
  const { privilegeDomain, dbRole } = identity;
  const isDomain =
    privilegeDomain === null || privilegeDomain === 'structural_admin' || hasAny(identity, ANY_DOMAIN_ROLES);
  if (!isDomain || dbRole === 'flows_anon') return false;
  return gate === 'read' || (gate === 'write' ? mayChangeStructure(identity) : isOperator(identity));
}
