import { ROUTES, type RouteName, type RouteSpec } from '../api/routes.js';
import { TEMPLATE_ROUTES, type TemplateRouteName, type TemplateRouteSpec } from '../api/template-routes.js';
import { judgeAccess, mayUseTemplates, type AccessRequest } from './access.js';
import type { Identity } from './identity.js';

/** A signature is the only credential there (flows-api 10.3). */
const SIGNED: RouteName = 'receiveWebhook';

/**
 * Names of the routes of `ROUTES` that a caller is let in to in a workspace, by the checks that every request goes
 * through; which flow or run it is about may still be refused.
 *
 * @param owner tenant that the workspace is of; undefined: nobody's so far
 */
export function grantedRoutes(
  identity: Identity,
  workspaceId: string,
  owner: string | undefined,
  registry: AccessRequest['registry'],
): readonly RouteName[] {
  return Object.entries<RouteSpec>(ROUTES)
    .filter(([name, route]) => name !== SIGNED && hasName(identity, route) && isGranted(route))
    .map(([name]) => name as RouteName);

  function isGranted(route: RouteSpec): boolean {
    return judgeAccess({ identity, route, registry }, workspaceId, owner).granted;
  }
}

/** Commands are let in only from callers with a name, which the audit keeps (flows-api 2.2). */
const hasName = (identity: Identity, { command }: Pick<RouteSpec, 'command'>): boolean =>
  !command || identity.hasSubject;

/**
 * Names of the routes of templates that a caller is let in to (provisioning 1.6); which template it is about may still be
 * refused.
 *
 * @param identity `anybody`: nobody is asked who he is
 * @param areEnabled whether templates can be used at all: without that only operators' routes let anybody in
 */
export function grantedTemplateRoutes(
  identity: Identity | 'anybody',
  areEnabled: boolean,
): readonly TemplateRouteName[] {
  return Object.entries<TemplateRouteSpec>(TEMPLATE_ROUTES)
    .filter(([, route]) => areEnabled || route.gate === 'operator')
    .filter(([, route]) => identity === 'anybody' || (hasName(identity, route) && mayUseTemplates(identity, route)))
    .map(([name]) => name as TemplateRouteName);
}
