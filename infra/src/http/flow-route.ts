import { createHash, timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  checkAccess,
  gatewayIdentity,
  isScopeId,
  presentsApiKey,
  problem,
  ROUTES,
  WORKSPACE_BASE,
  type Identity,
  type RouteName,
  type RouteSpec,
} from '@flowplane/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Answer, Call } from './call.js';
import { Refusal, refusal } from './refusal.js';
import { correlationIdOf, sendJson, sendRefusal } from './server.js';

export type AccessOptions = {
  readonly gatewaySecret: string | undefined;
  readonly binding: 'strict' | 'identity';
  readonly registry: 'claim' | 'strict' | 'off';
  readonly ownerOf: (workspaceId: string) => Promise<string | undefined>;
};

/** A handler answers, or takes the reply over (streams) and returns undefined after `reply.hijack()`. */
export type Handler = (call: Call, reply: FastifyReply) => Promise<Answer | undefined>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the access check of a flow route. */
    access: { readonly identity: Identity; readonly workspaceId: string } | null;
  }
  interface FastifyInstance {
    /** Handlers of flow routes at work; streams are not among them. */
    handling: Set<Promise<unknown>>;
  }
}

/** Longest time that closing waits for answers under way. */
const DRAIN_MS = 3000;

/** Digests first, so that neither content nor length shows in the time taken. */
const secretsEqual = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());

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
  app.route({
    method: spec.method,
    url: WORKSPACE_BASE + spec.path,
    onRequest: async (request, reply) => {
      try {
        request.access = await authorize(request, spec, access);
      } catch (cause) {
        if (!(cause instanceof Refusal)) throw cause;
        await sendRefusal(reply, cause);
      }
    },
    handler: async (request, reply) => {
      const work = handle(callOf(request, reply), reply);
      app.handling.add(work);
      const answer = await work.finally(() => app.handling.delete(work));
      return answer === undefined ? reply : sendJson(reply, answer.status, answer.body, answer.headers);
    },
  });
}

async function authorize(
  request: FastifyRequest,
  route: RouteSpec,
  access: AccessOptions,
): Promise<{ readonly identity: Identity; readonly workspaceId: string }> {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const { apikey } = request.query as { readonly apikey?: unknown };
  const inQuery = route.path === ROUTES.streamExecution.path && apikey !== undefined;
  if (inQuery || presentsApiKey(header)) throw refusal('UNAUTHENTICATED');
  const identity = gatewayIdentity(header, { gatewaySecret: access.gatewaySecret, secretsEqual });
  if (identity === undefined) throw refusal('UNAUTHENTICATED');
  const { workspaceId } = request.params as { readonly workspaceId: string };
  if (!isScopeId(workspaceId)) throw new Refusal(problem('INVALID_WORKSPACE_ID'));
  const result = await checkAccess({ ...access, identity, route, pathWorkspaceId: workspaceId });
  if (!result.granted) throw new Refusal(result.problem);
  // The bound one takes the path's place (FLOWS_WORKSPACE_BINDING=identity).
  if (!isScopeId(result.workspaceId)) throw new Refusal(problem('INVALID_WORKSPACE_ID'));
  return { identity, workspaceId: result.workspaceId };
}

function callOf(request: FastifyRequest, reply: FastifyReply): Call {
  if (request.access === null) throw new TypeError('a flow route ran without an access check');
  const { identity, workspaceId } = request.access;
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return {
    identity,
    tenantId: identity.tenantId,
    workspaceId,
    correlationId: correlationIdOf(request),
    method: request.method,
    url: request.url,
    params: request.params as Record<string, string>,
    query: request.query as Call['query'],
    headers: request.headers,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    signal: gone.signal,
  };
}
