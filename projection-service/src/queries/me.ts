import {
  grantedRoutes,
  grantedTemplateRoutes,
  isOperator,
  isScopeId,
  TEMPLATE_WORKSPACE,
  type Identity,
} from '@flowplane/contracts';
import type { AccessOptions, Answer, AskedAlone, TemplateAccessOptions } from '@flowplane/runtime/api';
import { orUnavailable } from '@flowplane/runtime/read-model';
import type { TenantWorkspaces } from '@flowplane/runtime/tenancy';
import { decodeCursor, encodeCursor } from './cursor.js';
import { pageAfter, pageSize } from './paging.js';

export type MeScope = {
  readonly workspaces: TenantWorkspaces;
  readonly registry: AccessOptions['registry'];
  readonly templates: Pick<TemplateAccessOptions, 'auth' | 'settings'>;
};

const DEFAULT_PAGE_SIZE = 100;

/** GET /v1/flows/me: the caller, and the operations it is let in to in each workspace that it reaches (flows-api 2.4). */
export async function getMe({ workspaces, registry, templates }: MeScope, call: AskedAlone): Promise<Answer> {
  const { identity, tenantId } = call;
  const size = pageSize(call) ?? DEFAULT_PAGE_SIZE;
  const after = pageAfter(call, decodeCursor)?.tie ?? '';
  const asked = { tenantId, bound: identity.boundWorkspaceId, named: namedBy(identity, registry), after };
  const isSomewhere = asked.bound === null || isScopeId(asked.bound);
  const found = isSomewhere ? await orUnavailable(workspaces({ ...asked, limit: size + 1 })) : [];
  const page = found.slice(0, size);
  const last = found.length > size ? page.at(-1) : undefined;
  return {
    status: 200,
    body: {
      tenantId,
      actorId: identity.actorId,
      credential: identity.kind,
      roles: identity.roles,
      scopes: identity.scopes,
      privilegeDomain: identity.privilegeDomain,
      workspaceId: identity.boundWorkspaceId,
      operator: isOperator(identity),
      workspaces: page.map(({ workspaceId, owner }) => ({
        workspaceId,
        operations: grantedRoutes(identity, workspaceId, owner, registry),
      })),
      templates: { operations: templateOperations(templates, identity) },
      nextPageToken: last === undefined ? null : encodeCursor({ timeMs: 0, tie: last.workspaceId }),
    },
  };
}

/** Where nobody is asked who he is, templates let everybody in. */
function templateOperations({ auth, settings }: MeScope['templates'], identity: Identity): readonly string[] {
  return grantedTemplateRoutes(auth === 'none' ? 'anybody' : identity, settings().enabled);
}

/** Workspaces that the credential names and that nobody needs to have yet; where only registered ones exist, none. */
function namedBy(identity: Identity, registry: MeScope['registry']): readonly string[] {
  if (registry === 'strict') return [];
  const names = [
    ...(identity.boundWorkspaceId === null ? [] : [identity.boundWorkspaceId]),
    ...(identity.workspaceIds ?? []),
  ];
  return names.filter((name) => isScopeId(name) && name !== TEMPLATE_WORKSPACE);
}
