import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Configuration that the console reads before anybody has signed in. */
export type ConsoleConfig = {
  readonly gatewayHeaders: boolean;
  /** Signed in to by itself, where gateway headers are believed. */
  readonly tenantId: string | null;
  readonly oidc: OidcConfig | null;
};

type OidcConfig = {
  readonly issuer: string;
  readonly clientId: string;
  /** Scopes with blanks between them. */
  readonly scope: string;
  readonly audience: string | null;
};

/** What `vite build` has made of monitor-service/ui; the path is right from `src` as from `dist`. */
const BUILT = fileURLToPath(new URL('../../ui/dist', import.meta.url));

const BEING_BUILT = `<!doctype html>
<html lang="en">
  <meta charset="utf-8" /><meta http-equiv="refresh" content="2" /><title>Flowplane</title>
  <p>The console is being built. This page comes back by itself. The API works already: see <a href="/docs">/docs</a>.</p>
</html>
`;

const SHARED_HEADERS = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };

/**
 * The console at `/ui`, where `/` leads: files of one build, and one page for every address below, without anything from
 * elsewhere. While it has not been built, a page says so.
 *
 * @param built folder of the build
 */
export async function addConsole(app: FastifyInstance, config: ConsoleConfig, built = BUILT): Promise<void> {
  const assets = join(built, 'assets');
  mkdirSync(assets, { recursive: true }); // built beside a service that runs already
  await app.register(fastifyStatic, {
    ...{ root: assets, prefix: '/ui/assets/', preCompressed: true, immutable: true, maxAge: '365d', index: false },
    setHeaders: ({ raw }) => {
      for (const [name, value] of Object.entries(SHARED_HEADERS)) raw.setHeader(name, value);
    },
  });
  app.get('/', (_request, reply) => reply.redirect('/ui/'));
  app.get('/ui/config.json', (_request, reply) =>
    reply.headers({ ...SHARED_HEADERS, 'cache-control': 'no-cache' }).send(config),
  );
  const page = join(built, 'index.html');
  for (const path of ['/ui', '/ui/*']) app.get(path, (_request, reply) => sendPage(reply, page, config));
}

async function sendPage(reply: FastifyReply, file: string, { oidc }: ConsoleConfig): Promise<FastifyReply> {
  const nonce = randomBytes(16).toString('base64');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const headers = {
    ...SHARED_HEADERS,
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'content-security-policy': policy(nonce, oidc?.issuer),
  };
  if (text === undefined)
    return reply
      .code(503)
      .headers({ ...headers, 'retry-after': '2' })
      .send(BEING_BUILT);
  return reply.headers(headers).send(text.replaceAll('%NONCE%', nonce));
}

/** Scripts, styles and connections of this server only; tokens come from the provider of identities. */
function policy(nonce: string, issuer: string | undefined): string {
  const provider = issuer === undefined ? '' : ` ${new URL(issuer).origin}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    `connect-src 'self'${provider}`,
    ...(provider === '' ? [] : [`frame-src 'self'${provider}`]),
    "img-src 'self' data:",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; ');
}
