import { apiDocument, flowSchema } from '@flowplane/contracts';
import { pino } from 'pino';
import { afterAll, expect, it } from 'vitest';
import { makeMetrics } from '../telemetry/index.js';
import { buildServer } from './server.js';

const app = buildServer({
  logger: pino({ level: 'silent' }),
  metrics: makeMetrics(),
  maxBodyBytes: 600,
  missing: () => Promise.resolve([]),
});
afterAll(() => app.close());

it('serves the whole document without a credential, and 304 to who has it', async () => {
  const answer = await app.inject('/openapi.json');
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  expect(answer.json()).toEqual(JSON.parse(JSON.stringify(apiDocument())));
  const again = await app.inject({
    url: '/openapi.json',
    headers: { 'if-none-match': String(answer.headers['etag']) },
  });
  expect([again.statusCode, again.body]).toEqual([304, '']);
  const weak = { 'if-none-match': `"x", W/${String(answer.headers['etag'])}` };
  expect((await app.inject({ url: '/openapi.json', headers: weak })).statusCode).toBe(304);
});

it('serves the schema of flows without a credential', async () => {
  const answer = await app.inject('/flow.schema.json');
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  expect(answer.json()).toEqual(JSON.parse(JSON.stringify(flowSchema())));
});

it('serves a page that loads from its own origin only, and every file it names', async () => {
  const page = await app.inject('/docs');
  expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  const named = [...page.body.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, url]) => url ?? '');
  const files = named.filter((url) => !url.startsWith('data:'));
  expect(files.length).toBe(4);
  for (const url of files) {
    expect(url).toMatch(/^\/docs\//);
    const { statusCode, body } = await app.inject(url);
    expect([statusCode, body.length > 50]).toEqual([200, true]);
  }
});

it('leaves unknown files of the page 404 NO_ROUTE', async () => {
  for (const url of ['/docs/../package.json', '/docs/swagger-ui.css/x', '/openapi.yaml', '/docs/x/y']) {
    const { statusCode, json } = await app.inject(url);
    expect([statusCode, json()]).toEqual([404, expect.objectContaining({ code: 'NO_ROUTE' })]);
  }
});

it('offers the gateway’s headers as a credential where they are believed, so that the page can send them', async () => {
  type Shown = {
    readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly security: readonly object[] }>>>>;
    readonly components: { readonly securitySchemes: Readonly<Record<string, { readonly name?: string }>> };
  };
  const shown = async (gatewayHeaders: boolean): Promise<Shown> => {
    const options = { logger: pino({ level: 'silent' }), metrics: makeMetrics(), maxBodyBytes: 600 };
    const other = buildServer({ ...options, missing: () => Promise.resolve([]), gatewayHeaders });
    return (await other.inject('/openapi.json')).json<Shown>();
  };
  const named = ({ components }: Shown) => Object.values(components.securitySchemes).flatMap(({ name }) => name ?? []);
  const startOf = ({ paths }: Shown) =>
    paths['/v1/flows/workspaces/{workspaceId}/flows/{flowId}/executions']?.['post']?.security.map(Object.keys);
  const [believed, not] = [await shown(true), await shown(false)];
  expect(named(believed)).toEqual(['x-api-key', 'x-tenant-id', 'x-auth-subject', 'x-actor-roles']);
  expect(startOf(believed)).toEqual([['bearer'], ['apiKey'], ['gatewayTenant', 'gatewaySubject', 'gatewayRoles']]);
  expect(believed.paths['/healthz']?.['get']?.security).toEqual([]);
  expect(named(not)).toEqual(['x-api-key']);
  expect(startOf(not)).toEqual([['bearer'], ['apiKey']]);
});
