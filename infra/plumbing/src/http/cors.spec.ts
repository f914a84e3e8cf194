import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { origins } from '../config/index.js';
import { makeMetrics } from '../telemetry/index.js';
import { sendJson, buildServer } from './server.js';

const PAGE = 'https://console.example';
const PREFLIGHT = {
  origin: PAGE,
  'access-control-request-method': 'PATCH',
  'access-control-request-headers': 'authorization, if-match, content-type',
};

function server(corsOrigins?: readonly string[]) {
  const app = buildServer({
    logger: pino({ level: 'silent' }),
    metrics: makeMetrics(),
    maxBodyBytes: 600,
    missing: () => Promise.resolve([]),
    ...(corsOrigins === undefined ? {} : { corsOrigins }),
  });
  app.get('/thing', (_request, reply) => sendJson(reply, 200, { is: 'here' }, { etag: '"1"' }));
  app.patch('/thing', (_request, reply) => sendJson(reply, 200, {}));
  return app;
}
const corsHeadersOf = (headers: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^(access-control|vary)/.test(name)));

describe('a page of another origin', () => {
  it('gets no header where no origin is allowed, and has no preflight', async () => {
    for (const app of [server(), server([])]) {
      expect(corsHeadersOf((await app.inject({ url: '/thing', headers: { origin: PAGE } })).headers)).toEqual({});
      const preflight = await app.inject({ method: 'OPTIONS', url: '/thing', headers: PREFLIGHT });
      expect([preflight.statusCode, preflight.json<{ code: string }>().code]).toEqual([404, 'NO_ROUTE']);
    }
  });

  it('may use every route and read every refusal where its origin is let in', async () => {
    const app = server(['https://other.example', PAGE]);
    for (const url of ['/thing', '/nowhere', '/%zz', '/openapi.json', '/healthz']) {
      const { headers } = await app.inject({ url, headers: { origin: PAGE } });
      expect([url, headers['access-control-allow-origin'], headers['vary']]).toEqual([url, PAGE, 'Origin']);
      expect(headers['access-control-expose-headers']).toContain('x-flows-position');
    }
    const preflight = await app.inject({ method: 'OPTIONS', url: '/thing', headers: PREFLIGHT });
    expect([preflight.statusCode, preflight.body]).toEqual([204, '']);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': expect.stringContaining('PATCH'),
      'access-control-allow-headers': 'authorization, if-match, content-type',
      'access-control-max-age': '600',
    });
  });

  it.each(['https://console.example.evil', 'http://console.example', 'https://console.example:444', 'null', ''])(
    'is not let in for looking alike: %s',
    async (origin) => {
      const app = server([PAGE]);
      expect(corsHeadersOf((await app.inject({ url: '/thing', headers: { origin } })).headers)).toEqual({
        vary: 'Origin',
      });
      const preflight = await app.inject({ method: 'OPTIONS', url: '/thing', headers: { ...PREFLIGHT, origin } });
      expect([preflight.statusCode, corsHeadersOf(preflight.headers)]).toEqual([404, { vary: 'Origin' }]);
    },
  );

  it('of any origin is let in by *', async () => {
    const { headers } = await server(['*']).inject({ url: '/thing', headers: { origin: 'null' } });
    expect([headers['access-control-allow-origin'], headers['vary']]).toEqual(['*', undefined]);
  });

  it('asks with OPTIONS alone in vain: that is no preflight', async () => {
    expect(
      (await server(['*']).inject({ method: 'OPTIONS', url: '/thing', headers: { origin: PAGE } })).statusCode,
    ).toBe(404);
  });
});

it('origins are written as browsers send them', () => {
  const { parse } = origins('FLOWS_CORS_ORIGINS', []);
  expect(parse('https://a.example, http://localhost:5173')).toEqual(['https://a.example', 'http://localhost:5173']);
  expect(parse('*')).toEqual(['*']);
  for (const text of [
    'https://a.example/',
    'a.example',
    'https://A.example',
    'https://a.example/x',
    'https://*.example',
  ]) {
    expect(() => parse(text)).toThrow(/must be origins/);
  }
});

describe('HEAD', () => {
  it.each([
    '/thing',
    '/healthz',
    '/readyz',
    '/metrics',
    '/openapi.json',
    '/flow.schema.json',
    '/docs',
    '/docs/swagger-ui.css',
  ])('of %s is GET without a body', async (url) => {
    const app = server();
    const [head, get] = [await app.inject({ method: 'HEAD', url }), await app.inject(url)];
    expect([head.statusCode, head.body]).toEqual([get.statusCode, '']);
    expect([head.headers['content-type'], head.headers['etag']]).toEqual([
      get.headers['content-type'],
      get.headers['etag'],
    ]);
  });

  it('of what is no GET is 404, and counted under the route of its GET otherwise', async () => {
    const app = server();
    app.post('/only-post', (_request, reply) => sendJson(reply, 200, {}));
    expect((await app.inject({ method: 'HEAD', url: '/only-post' })).statusCode).toBe(404);
    await app.inject({ method: 'HEAD', url: '/thing' });
    expect((await app.inject('/metrics')).body).toContain('{method="HEAD",route="/thing",status="200"} 1');
  });
});
