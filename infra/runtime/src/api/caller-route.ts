import { CALLER_BASE, CALLER_ROUTES, type CallerRouteName } from '@flowplane/contracts';
import type { FastifyInstance } from 'fastify';
import type { Answer, Call } from './call.js';
import type { Admit } from './call-of.js';
import { headersOf, knownCaller } from './caller.js';
import { admitting, answering, type AccessOptions } from './flow-route.js';

/** A call about the caller: there is no workspace in it. */
export type AskedAlone = Omit<Call, 'workspaceId'>;

/** Adds a route that any good credential of a tenant may use, whatever it is bound to (flows-api 2.4). */
export function callerRoute(
  app: FastifyInstance,
  access: Pick<AccessOptions, 'identify' | 'credentials'>,
  name: CallerRouteName,
  handle: (call: AskedAlone) => Promise<Answer>,
): void {
  const { method, path } = CALLER_ROUTES[name];
  const admit: Admit = async (request) => ({
    identity: knownCaller(await access.identify(headersOf(request)), name, access),
    workspaceId: '',
  });
  app.route({
    method,
    url: CALLER_BASE + path,
    onRequest: admitting(admit),
    handler: answering(app, name, {}, admit, ({ identity, ...call }) => {
      if (identity === undefined) throw new TypeError('a route about the caller ran without one');
      return handle({ ...call, identity, tenantId: identity.tenantId });
    }),
  });
}
