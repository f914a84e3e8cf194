import type { ServiceName } from './routes.js';

/** Base of what callers ask about themselves: it is below no workspace. */
export const CALLER_BASE = '/v1/flows';

export type CallerRouteSpec = { readonly method: 'GET'; readonly path: string; readonly service: ServiceName };

/** Routes that any good credential of a tenant may use, by operation name. */
export const CALLER_ROUTES = {
  getMe: { method: 'GET', path: '/me', service: 'projection-service' },
} as const satisfies Record<string, CallerRouteSpec>;

export type CallerRouteName = keyof typeof CALLER_ROUTES;
