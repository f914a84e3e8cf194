import { setTimeout as sleep } from 'node:timers/promises';
import {
  checkAccess,
  checkSignedAccess,
  isOperator,
  isScopeId,
  OPERATOR_BASE,
  OPERATOR_ROLES,
  OPERATOR_ROUTES,
  problem,
  ROUTES,
  TEMPLATE_WORKSPACE,
  WORKSPACE_BASE,
  type GuardedRouteName,
  type HeaderReader,
  type Identity,
  type OperatorRouteName,
  type OperatorRouteSpec,
  type RouteName,
  type RouteSpec,
} from '@flowplane/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  readAhead,
  refuseUnkeepableAddress,
  type Answer,
  type Call,
  type PartsAnswer,
  type SignedCall,
} from './call.js';
import { callOf, type Access, type Admit } from './call-of.js';
import { handled } from './handled.js';
import { headersOf, knownCaller, notLetIn, queryKeyOf, shortNamed, unknownCaller } from './caller.js';
import type { TakenCredentials } from './caller.js';
import { handledAsPreferred } from './strict-handling.js';
import { reported, type OnDenied } from './denied-call.js';
import { Refusal, refusal, sendJson, sendRefusal } from '@flowplane/plumbing/http';

export type AccessOptions = TakenCredentials & {
  /** The verified caller by the headers and, on event streams, the `apikey` query parameter; undefined: 401. */
  readonly identify: (header: HeaderReader, queryKey?: string) => Promise<Identity | undefined>;
  readonly binding: 'strict' | 'identity';
  readonly registry: 'claim' | 'strict' | 'off';
  readonly ownerOf: (workspaceId: string) => Promise<string | undefined>;
  /** For the audit; absent: this service has no commands. */
  readonly onDenied?: OnDenied;
};

/** What routes need on which a caller may be nobody: `anonymous` without a credential that names a tenant. */
export type SignedAccess = Pick<AccessOptions, 'binding' | 'onDenied' | 'credentials'> & {
  readonly identifyAny: (header: HeaderReader) => Promise<Identity | 'anonymous' | undefined>;
};

/** A handler answers, or takes the reply over (streams) and returns undefined after `reply.hijack()`. */
export type Handler = (call: Call, reply: FastifyReply) => Promise<Answer | PartsAnswer | undefined>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the access check of a flow route. */
    access: { readonly identity: Identity | undefined; readonly workspaceId: string } | null;
  }
  interface FastifyInstance {
    /** Handlers of flow routes at work; streams are not among them. */
    handling: Set<Promise<unknown>>;
  }
}

/** What browsers read as event streams, which can send no headers: an API key may stand in the query. */
const STREAMS: ReadonlySet<RouteName> = new Set(['streamExecution', 'streamWorkspace']);

const TEMPLATES_ONLY = { message: `The workspace ${TEMPLATE_WORKSPACE} is for provisioning templates only.` };

/** Longest time that closing waits for answers under way. */
const DRAIN_MS = 3000;

/** Prepares a server for `flowRoute`; call once. Closing it lets answers under way go out first. */
export function prepareFlowRoutes(app: FastifyInstance): void {
  app.decorateRequest('access', null);
  app.decorate('handling', new Set<Promise<unknown>>());
  app.addHook('preClose', async () => {
    const drained = new AbortController();
    const timeUp = sleep(DRAIN_MS, undefined, { signal: drained.signal }).catch(() => undefined);
    await Promise.race([Promise.allSettled(app.handling), timeUp]);
    drained.abort();
    // What was answered last is on its way to the socket.
    await sleep(0);
  });
}

/** Adds a route of the table in contracts: identity and access first, then the body, then the handler. */
export function flowRoute(app: FastifyInstance, access: AccessOptions, name: RouteName, handle: Handler): void {
  const spec: RouteSpec = ROUTES[name];
  const admit: Admit = (request) => authorize(request, name, access);
  app.route({
    method: spec.method,
    url: WORKSPACE_BASE + spec.path,
    onRequest: admitting(admit),
    handler: answering(app, name, access, admit, async (call, reply) => {
      await readAhead(call);
      return handledAsPreferred(name, call, reply, () => handle(identified(call), reply));
    }),
  });
}

/** Adds a route that its own signature admits to; a credential is checked where there is one (flows-api 10.3). */
export function signedRoute(
  app: FastifyInstance,
  access: SignedAccess,
  name: RouteName,
  handle: (call: SignedCall) => Promise<Answer>,
): void {
  const route: RouteSpec = ROUTES[name];
  const admit: Admit = async (request) => {
    const identity = await access.identifyAny(headersOf(request));
    if (identity === undefined) throw unknownCaller(access);
    const { workspaceId } = request.params as { readonly workspaceId: string };
    if (!isScopeId(workspaceId)) throw refusal('INVALID_WORKSPACE_ID');
    if (identity === 'anonymous') return { identity: undefined, workspaceId };
    const result = checkSignedAccess({
      identity: shortNamed(identity),
      route,
      binding: access.binding,
      pathWorkspaceId: workspaceId,
    });
    if (!result.granted) throw reported(request, name, access, identity, notLetIn(result), result.workspaceId);
    if (!isScopeId(result.workspaceId)) throw refusal('INVALID_WORKSPACE_ID');
    return { identity, workspaceId: result.workspaceId };
  };
  app.route({
    method: route.method,
    url: WORKSPACE_BASE + route.path,
    onRequest: admitting(admit),
    handler: answering(app, name, access, admit, handle),
  });
}

/** Adds a route of the operators' table: the caller's role first, then the body, then the handler. */
export function operatorRoute(
  app: FastifyInstance,
  access: Pick<AccessOptions, 'identify' | 'onDenied' | 'credentials'>,
  name: OperatorRouteName,
  handle: Handler,
): void {
  const spec: OperatorRouteSpec = OPERATOR_ROUTES[name];
  const admit: Admit = async (request) => {
    const identity = knownCaller(await access.identify(headersOf(request)), name, access);
    if (!isOperator(identity)) {
      throw reported(
        request,
        name,
        access,
        identity,
        refusal('FORBIDDEN', {}, { requiredRoles: OPERATOR_ROLES }),
        identity.boundWorkspaceId,
      );
    }
    const { workspaceId = '', tenantId = '' } = request.params as Readonly<Record<string, string | undefined>>;
    if (spec.path.includes(':workspaceId') && !isScopeId(workspaceId)) throw refusal('INVALID_WORKSPACE_ID');
    if (workspaceId === TEMPLATE_WORKSPACE) throw refusal('INVALID_WORKSPACE_ID', TEMPLATES_ONLY);
    if (spec.path.includes(':tenantId') && !isScopeId(tenantId)) {
      throw refusal('INVALID_WORKSPACE_ID', { message: 'The tenant id must match ^[A-Za-z0-9_-]{1,64}$.' });
    }
    return { identity, workspaceId };
  };
  app.route({
    method: spec.method,
    url: OPERATOR_BASE + spec.path,
    onRequest: admitting(admit),
    handler: answering(app, name, access, admit, async (call, reply) => {
      await readAhead(call);
      return handledAsPreferred(name, call, reply, () => handle(identified(call), reply));
    }),
  });
}

/** Refuses what is not let in before its body is read. */
export const admitting =
  (check: Admit) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    try {
      request.access = await check(request);
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
      await sendRefusal(reply, cause);
    }
  };

/** A handler of Fastify around one of ours: the call, and its answer in whole or in parts. */
export const answering =
  (
    app: FastifyInstance,
    route: GuardedRouteName,
    access: Pick<AccessOptions, 'onDenied'>,
    admit: Admit,
    handle: (call: SignedCall, reply: FastifyReply) => Promise<Answer | PartsAnswer | undefined>,
  ) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const call = callOf(request, reply, admit);
    refuseUnkeepableAddress(call);
    const answered = async (): Promise<void> => {
      const answer = await handle(call, reply);
      if (answer === undefined) return;
      if ('body' in answer) sendJson(reply, answer.status, answer.body, answer.headers);
      else await app.sendParts(request, reply, { headers: {}, ...answer });
    };
    await handled(app, call, answered, (refused) => {
      if (call.identity === undefined) return refused;
      // Claimed by another tenant since the access check.
      const isForeign = refused.problem.code === 'CROSS_TENANT_VIOLATION';
      return reported(request, route, access, call.identity, refused, isForeign ? null : call.workspaceId);
    });
    return reply;
  };

async function authorize(request: FastifyRequest, name: RouteName, access: AccessOptions): Promise<Access> {
  const route: RouteSpec = ROUTES[name];
  const queryKey = STREAMS.has(name) ? queryKeyOf(request) : undefined;
  const identity = knownCaller(await access.identify(headersOf(request), queryKey), name, access);
  const { workspaceId } = request.params as { readonly workspaceId: string };
  if (!isScopeId(workspaceId)) throw new Refusal(problem('INVALID_WORKSPACE_ID'));
  // It is every tenant's: nobody may own it, or have flows there.
  if (workspaceId === TEMPLATE_WORKSPACE && route.command) throw refusal('INVALID_WORKSPACE_ID', TEMPLATES_ONLY);
  const result = await checkAccess({ ...access, identity, route, pathWorkspaceId: workspaceId });
  if (!result.granted) throw reported(request, name, access, identity, notLetIn(result), result.workspaceId);
  // The bound one takes the path's place (FLOWS_WORKSPACE_BINDING=identity).
  if (!isScopeId(result.workspaceId)) throw new Refusal(problem('INVALID_WORKSPACE_ID'));
  return { identity, workspaceId: result.workspaceId };
}

function identified(call: SignedCall): Call {
  const { identity } = call;
  if (identity === undefined) throw new TypeError('a flow route ran without an identity');
  return { ...call, identity, tenantId: identity.tenantId };
}
