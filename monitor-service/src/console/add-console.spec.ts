import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addConsole, type ConsoleConfig } from './add-console.js';

const LOCAL: ConsoleConfig = { gatewayHeaders: true, tenantId: 'demo', oidc: null };
let built = '';

beforeEach(() => {
  built = mkdtempSync(join(tmpdir(), 'console-'));
});
afterEach(() => rmSync(built, { recursive: true }));

async function serve(config = LOCAL) {
  const app = fastify();
  await addConsole(app, config, built);
  return (url: string) => app.inject({ url });
}

function build(): void {
  mkdirSync(join(built, 'assets'), { recursive: true });
  writeFileSync(join(built, 'index.html'), '<meta nonce="%NONCE%"><script src="/ui/assets/a.js"></script>');
  writeFileSync(join(built, 'assets', 'a.js'), 'let a;');
}

it('says that the console is being built until it is there', async () => {
  const get = await serve();
  const before = await get('/ui/w/shop/runs');
  expect([before.statusCode, before.headers['retry-after']]).toEqual([503, '2']);
  expect(before.body).toContain('The console is being built.');
  build();
  expect((await get('/ui/w/shop/runs')).statusCode).toBe(200);
});

it('answers every address below /ui with one page, whose styles have a nonce of that answer', async () => {
  build();
  const get = await serve();
  const pages = await Promise.all(['/ui', '/ui/', '/ui/w/shop/runs/a%3Ab%3Ac%3Ad?node=x'].map(get));
  const nonces = pages.map(({ body, headers }) => {
    const nonce = /nonce="([^"]+)"/.exec(body)?.[1] ?? '';
    expect(headers['content-security-policy']).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(headers['cache-control']).toBe('no-cache');
    return nonce;
  });
  expect(new Set(nonces).size).toBe(3);
  expect((await get('/')).headers.location).toBe('/ui/');
});

it('serves files whose names change with their content, for good, and no others', async () => {
  build();
  const get = await serve();
  const script = await get('/ui/assets/a.js');
  expect([script.body, script.headers['cache-control']]).toEqual(['let a;', 'public, max-age=31536000, immutable']);
  expect(script.headers['content-type']).toContain('javascript');
  const elsewhere = await Promise.all(
    ['/ui/assets/b.js', '/ui/assets/../index.html', '/ui/assets/%2e%2e%2findex.html'].map(get),
  );
  expect(elsewhere.map(({ statusCode, body }) => statusCode === 200 && body.includes('let'))).toEqual([
    false,
    false,
    false,
  ]);
  expect(elsewhere[0]?.statusCode).toBe(404);
});

it('tells who may sign in how, and lets pages connect to the provider of identities', async () => {
  build();
  const oidc = { issuer: 'https://id.example/realms/flows', clientId: 'console', scope: 'openid', audience: null };
  const get = await serve({ gatewayHeaders: false, tenantId: null, oidc });
  expect((await get('/ui/config.json')).json()).toEqual({ gatewayHeaders: false, tenantId: null, oidc });
  const policy = String((await get('/ui')).headers['content-security-policy']);
  expect(policy).toContain("connect-src 'self' https://id.example;");
  expect(policy).toContain("script-src 'self';");
});
