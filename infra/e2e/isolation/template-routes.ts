import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { makePool, type Pool } from '@flowplane/plumbing/postgres';
import { TEMPLATE_ROUTES, type TemplateRouteName, type TemplateRouteSpec } from '@flowplane/contracts';
import type { IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTemplateClient, noop, templateOf } from '../driver/templates.js';

const MARK = 'only-acme-knows-this';
const NODES = [noop('a'), { id: 'b', type: 'noop', user_inputs: { note: MARK } }];
const FOUND_ALL = { query: { match_all: {} } };

/** What a caller sends, and what comes of it where he may use the route: the status, where a tenant has no such template. */
type Row = { readonly query?: string; readonly body?: object; readonly withoutTemplate: number };

/** A route without a row does not compile. */
const ROWS: Readonly<Record<TemplateRouteName, Row>> = {
  createTemplate: { body: templateOf([noop('a')]), withoutTemplate: 201 },
  updateTemplate: { body: templateOf([noop('a')]), withoutTemplate: 404 },
  provisionTemplate: { withoutTemplate: 404 },
  reprovisionTemplate: { body: templateOf([noop('a')]), withoutTemplate: 404 },
  resumeTemplate: { withoutTemplate: 404 },
  deprovisionTemplate: { withoutTemplate: 404 },
  deleteTemplate: { query: '?clear_status=true', withoutTemplate: 200 },
  planTemplate: { query: '?action=provision', withoutTemplate: 404 },
  getTemplate: { withoutTemplate: 404 },
  templateStatus: { query: '?all=true', withoutTemplate: 404 },
  templateDrift: { withoutTemplate: 404 },
  templateSteps: { withoutTemplate: 200 },
  searchTemplates: { body: FOUND_ALL, withoutTemplate: 200 },
  searchTemplatesByGet: { body: FOUND_ALL, withoutTemplate: 200 },
  searchTemplateStates: { body: FOUND_ALL, withoutTemplate: 200 },
  searchTemplateStatesByGet: { body: FOUND_ALL, withoutTemplate: 200 },
  clusterSettings: { body: { persistent: { 'plugins.flow_framework.max_workflows': 1000 } }, withoutTemplate: 200 },
  getClusterSettings: { withoutTemplate: 200 },
};
const routes = Object.entries<TemplateRouteSpec>(TEMPLATE_ROUTES).map(([name, spec]) => ({
  ...{ name, spec, row: ROWS[name as TemplateRouteName] },
}));

type Callers = Readonly<Record<string, Readonly<Record<string, string>>>>;
const CALLERS = {
  nobody: {},
  stranger: { 'x-tenant-id': 'globex', 'x-auth-subject': 'mallory', 'x-actor-roles': 'tenant_owner' },
  'somebody without a role': { 'x-tenant-id': 'acme', 'x-auth-subject': 'bob', 'x-actor-roles': '' },
} satisfies Callers;

type Asked = { readonly status: number; readonly body: unknown };

/** `fetch` sends no body with GET, and these routes take one. */
async function ask(
  url: string,
  { spec: { method, path }, row }: (typeof routes)[number],
  templateId: string,
  headers: Readonly<Record<string, string>>,
): Promise<Asked> {
  const target = `${url}${path.replace(':templateId', templateId)}${row.query ?? ''}`;
  const bytes = row.body === undefined ? '' : JSON.stringify(row.body);
  const length = bytes === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes) };
  const sent = request(target, { method, headers: { prefer: 'wait=60', ...length, ...headers }, agent: false });
  sent.end(bytes);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, body: JSON.parse(await text(answer)) as unknown };
}

/**
 * Tests of every route of templates: what somebody gets who is not known, another tenant, or has no role.
 *
 * @param servicesOf a set with multi-tenancy on that answers 404 about other tenants
 */
export function describeTemplateRoutes(servicesOf: () => IsolatedServices): void {
  let url: string;
  let pool: Pool;
  /** Of tenant `acme`. */
  let id: string;

  beforeAll(async () => {
    const services = servicesOf();
    url = services.url;
    pool = makePool(services.env['FLOWS_DB_URL'] as string, { max: 1, applicationName: 'template-routes.e2e' });
    id = await makeTemplateClient(url, 'acme').create(NODES);
  });
  afterAll(() => pool?.end());

  const stored = async (): Promise<readonly object[]> =>
    (await pool.query<object>(`SELECT * FROM flows.templates WHERE tenant_id = 'acme' ORDER BY template_id`)).rows;

  describe.each(routes)('$name', (route) => {
    const { spec, row } = route;

    it('lets in nobody who is not known', async () => {
      const { status, body } = await ask(url, route, id, CALLERS.nobody);
      expect([status, body]).toEqual([401, { error: 'Missing tenant identity' }]);
    });

    it('shows and changes nothing of another tenant', async () => {
      const before = await stored();
      const answer = await ask(url, route, id, CALLERS.stranger);
      const isForeign = spec.path.includes(':templateId');
      expect(answer.status).toBe(spec.gate === 'operator' ? 403 : isForeign ? 404 : row.withoutTemplate);
      const shown = JSON.stringify(answer.body);
      expect(shown).not.toContain(MARK);
      // An id comes back only as it was sent.
      if (!isForeign) expect(shown).not.toContain(id);
      expect(await stored()).toEqual(before);
    });

    it('says of what does not exist what it would say of any such id', async () => {
      const answer = await ask(url, route, 'none', CALLERS.stranger);
      expect(answer.status).toBe(spec.gate === 'operator' ? 403 : row.withoutTemplate);
    });

    it('is used without a role only where it reads', async () => {
      const before = await stored();
      const { status, body } = await ask(url, route, id, CALLERS['somebody without a role']);
      if (spec.gate === 'read') expect(status).toBeLessThan(300);
      else expect([status, body]).toEqual([403, { error: `no permissions for [${spec.permission}]` }]);
      expect(await stored()).toEqual(before);
    });
  });
}
