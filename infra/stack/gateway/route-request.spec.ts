import {
  CALLER_BASE,
  CALLER_ROUTES,
  OPERATOR_BASE,
  OPERATOR_ROUTES,
  ROUTES,
  TEMPLATE_ROUTES,
  WORKSPACE_BASE,
  type RouteSpec,
} from '@flowplane/contracts';
import { expect, test } from 'vitest';
import { routeRequest } from './route-request.js';

test('every route of the contract goes to the service that the route table names', () => {
  const below = (base: string, routes: Readonly<Record<string, Pick<RouteSpec, 'method' | 'path' | 'service'>>>) =>
    Object.values(routes).map((route) => ({ ...route, path: base + route.path }));
  const all = [
    ...below(WORKSPACE_BASE, ROUTES),
    ...below(OPERATOR_BASE, OPERATOR_ROUTES),
    ...below('', TEMPLATE_ROUTES),
    ...below(CALLER_BASE, CALLER_ROUTES),
  ];
  const wrong = all.filter((route) => {
    const target = route.path.replaceAll(/:[A-Za-z]+/g, 'T%3AW%3Ax-1');
    return routeRequest(route.method, `${target}?page%5Bsize%5D=1`) !== route.service;
  });
  expect(wrong).toEqual([]);
});

test.each([
  ['GET', '/v1/schemas/c301', 'projection-service'],
  ['GET', '/v1/flows/workspaces/W/flows/executions/executions/events/events', 'projection-service'],
  ['GET', '/v1/flows/workspaces/W/flows/F/executions/x/events', 'projection-service'],
  ['GET', '/nowhere', 'projection-service'],
  ['PUT', '/nowhere', 'command-service'],
  ['GET', '/v1/internal/flows/tenants/T', 'command-service'],
  ['POST', '/v1/flows/workspaces/W/triggers/webhooks/F%3Awebhook%3Aorders', 'trigger-service'],
  ['POST', '/v1/flows/workspaces/W/triggers/webhooks/F%3Awebhook%3Aorders/rotations', 'command-service'],
  ['POST', '/_plugins/_flow_framework/workflow/', 'command-service'],
  ['POST', '/_plugins/_flow_framework/workflow/K1/_provision/?a=b', 'command-service'],
  ['GET', '/_plugins/_flow_framework/workflow/K1/', 'projection-service'],
  ['POST', '/_plugins/_flow_framework/workflow/state/_search', 'projection-service'],
  ['GET', '/', 'monitor-service'],
  ['GET', '/ui/runs/1', 'monitor-service'],
  ['GET', '/uix', 'projection-service'],
])('%s %s goes to %s', (method, target, upstream) => {
  expect(routeRequest(method, target)).toBe(upstream);
});
