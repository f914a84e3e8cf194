import {
  isTemplateAdmin,
  TEMPLATE_ROUTES,
  TEMPLATE_WORKSPACE,
  templateProblem,
  type ProvisioningSettings,
  type QueryPairs,
  type TemplateFormat,
  type TemplateRouteName,
  type TemplateRouteSpec,
  type TemplateUser,
} from '@flowplane/contracts';
import { Refusal } from '@flowplane/plumbing/http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { queryOf, refuseUnkeepableAddress, type Answer, type Call } from './call.js';
import { callOf, type Admit } from './call-of.js';
import { reported } from './denied-call.js';
import { handled } from './handled.js';
import { readBodyOfGet } from './body-of-get.js';
import { formatOf, sendTemplateAnswer, sendTemplateRefusal } from './template-answer.js';
import { templateCaller, type TemplateAccessOptions } from './template-caller.js';

export { templateAccess, type TemplateAccessOptions } from './template-caller.js';

/** A request about templates that was let in: by identity and role, not by a workspace, which is always `_tpl`. */
export type TemplateCall = Call & {
  readonly settings: ProvisioningSettings;
  /** Absent where nobody is asked who he is. */
  readonly user: TemplateUser | undefined;
  readonly isAdmin: boolean;
  readonly foreignStatus: 403 | 404;
  /** Of the body, and of the answer (provisioning 1.2). */
  readonly format: TemplateFormat;
  /** Without query, as the client sent it. */
  readonly path: string;
  /** The query in its order, decoded. */
  readonly pairs: QueryPairs;
};

export type TemplateHandler = (call: TemplateCall) => Promise<Answer>;

/**
 * Adds a route of the table of templates, with and without a slash behind it: feature flag, identity and role first, then
 * the body, then the handler. Every refusal has the form of provisioning 1.3: a handler throws a `Refusal`, or a
 * `TemplateRefusal` of a check (`checkedValue`).
 */
export function templateRoute(
  app: FastifyInstance,
  access: TemplateAccessOptions,
  name: TemplateRouteName,
  handle: TemplateHandler,
): void {
  const spec: TemplateRouteSpec = TEMPLATE_ROUTES[name];
  const admit: Admit = async (request) => {
    const settings = access.settings();
    // Settings stay reachable, or nobody could turn it on again.
    if (!settings.enabled && spec.gate !== 'operator') throw new Refusal(templateProblem(403, disabledText(name)));
    const { identity, refusal } = await templateCaller(request, name, spec, access, settings);
    if (refusal === undefined) return { identity, workspaceId: TEMPLATE_WORKSPACE };
    throw identity === undefined ? refusal : reported(request, name, access, identity, refusal, TEMPLATE_WORKSPACE);
  };
  const route = {
    method: spec.method,
    onRequest: async (request: FastifyRequest) => {
      request.access = await admit(request);
    },
    ...(spec.bodyOnGet === true ? { preHandler: (request: FastifyRequest) => readBodyOfGet(app, request) } : {}),
    errorHandler: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      sendTemplateRefusal(reply, formatOf(request), app.refusalFor(error, request), FAILURES[name]),
    handler: (request: FastifyRequest, reply: FastifyReply) => answered(request, reply),
  };
  const answered = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const call = templateCallOf(callOf(request, reply, admit), request, access);
    refuseUnkeepableAddress(call);
    const answer = async (): Promise<void> => sendTemplateAnswer(reply, call.format, await handle(call));
    await handled(app, call, answer, (refused) =>
      reported(request, name, access, call.identity, refused, TEMPLATE_WORKSPACE),
    );
    return reply;
  };
  app.route({ ...route, url: spec.path });
  app.route({ ...route, url: `${spec.path}/` });
}

/** What reads say of a failure that nobody expects (provisioning 1.3). */
const FAILURES: Partial<Record<TemplateRouteName, string>> = {
  getTemplate: 'Failed to get workflow.',
  templateStatus: 'Failed to get workflow status.',
};

/** The feature flag's refusal, which the original words in two ways (provisioning 1.4). */
function disabledText(name: TemplateRouteName): string {
  const how = name === 'createTemplate' || name === 'updateTemplate' ? 'set' : 'update the setting';
  return `This API is disabled. To enable it, ${how} [plugins.flow_framework.enabled] to true.`;
}

function templateCallOf(
  call: ReturnType<typeof callOf>,
  request: FastifyRequest,
  { auth, foreignStatus, settings }: TemplateAccessOptions,
): TemplateCall {
  const { identity } = call;
  if (identity === undefined) throw new TypeError('a route of templates ran without an identity');
  const user: TemplateUser | undefined =
    auth === 'none'
      ? undefined
      : {
          name: identity.actorId,
          backend_roles: identity.backendRoles,
          roles: identity.roles,
          custom_attribute_names: [],
        };
  const [path = ''] = call.url.split('?', 1);
  return {
    ...{ ...call, identity, tenantId: identity.tenantId, user, foreignStatus, path },
    isAdmin: isTemplateAdmin(user),
    settings: settings(),
    format: formatOf(request),
    pairs: [...new URLSearchParams(queryOf(call.url))],
  };
}
