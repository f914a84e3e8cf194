import {
  isScopeId,
  mayUseTemplates,
  NOBODY,
  templateProblem,
  type Identity,
  type ProvisioningSettings,
  type TemplateRouteName,
  type TemplateRouteSpec,
} from '@flowplane/contracts';
import { Refusal } from '@flowplane/plumbing/http';
import type { FastifyRequest } from 'fastify';
import { header } from './call.js';
import { headersOf, knownCaller } from './caller.js';
import type { AccessOptions } from './flow-route.js';

/** How routes of templates know their callers and what is set. */
export type TemplateAccessOptions = Pick<AccessOptions, 'identify' | 'onDenied'> & {
  /** FLOWS_PROVISIONING_AUTH. `none`: nobody is asked who he is, and all are one tenant, unless multi-tenancy is on. */
  readonly auth: 'identity' | 'none';
  /** FLOWS_PROVISIONING_FOREIGN: the status of an answer about another tenant's template. */
  readonly foreignStatus: 403 | 404;
  /** As they are now. A request is let in by those of then, and handled by those of when its body was read. */
  readonly settings: () => ProvisioningSettings;
};

/** What the configuration of a service says about it. */
export const templateAccess = (
  { identify, onDenied }: Pick<AccessOptions, 'identify' | 'onDenied'>,
  config: { readonly provisioningAuth: 'identity' | 'none'; readonly provisioningForeign: '403' | '404' },
  settings: () => ProvisioningSettings,
): TemplateAccessOptions => ({
  ...{ identify, settings, auth: config.provisioningAuth },
  foreignStatus: config.provisioningForeign === '403' ? 403 : 404,
  ...(onDenied === undefined ? {} : { onDenied }),
});

/** Who calls where nobody is asked who he is. */
const ONLY_TENANT = 'default';

/** Who calls, or why nobody is let in; both where somebody may not do this. */
type Caller = { readonly identity?: Identity; readonly refusal?: Refusal };

const refused = (status: number, message: string): Refusal => new Refusal(templateProblem(status, message));

/** The caller of a route of templates (provisioning 1.6, 15.1). @throws Refusal where it cannot be checked */
export async function templateCaller(
  request: FastifyRequest,
  name: TemplateRouteName,
  spec: TemplateRouteSpec,
  access: TemplateAccessOptions,
  settings: ProvisioningSettings,
): Promise<Caller> {
  if (access.auth === 'none') return nobodyAsked(request, settings);
  const known = await access.identify(headersOf(request));
  if (known === undefined) return { refusal: refused(401, 'Missing tenant identity') };
  const identity = knownCaller(known, name, {});
  return mayUseTemplates(identity, spec)
    ? { identity }
    : { identity, refusal: refused(403, `no permissions for [${spec.permission}]`) };
}

function nobodyAsked(request: FastifyRequest, { multiTenancyEnabled }: ProvisioningSettings): Caller {
  if (!multiTenancyEnabled) return { identity: anonymous(ONLY_TENANT) };
  const tenantId = header(request, 'x-tenant-id') ?? '';
  if (tenantId === '') return { refusal: refused(403, 'Tenant ID header is missing or has no value') };
  return isScopeId(tenantId)
    ? { identity: anonymous(tenantId) }
    : { refusal: refused(403, 'No permission to access this resource') };
}

const anonymous = (tenantId: string): Identity => ({
  ...{ tenantId, boundWorkspaceId: null, actorId: NOBODY, hasSubject: false, kind: 'gateway', dbRole: 'flows_app' },
  ...{ roles: [], backendRoles: [], scopes: [], workspaceIds: null, privilegeDomain: null, expiresAt: null },
});
