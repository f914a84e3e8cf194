import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';

/** The page, beside the package's sources; the path is right from `src` as from `dist`. */
const PAGE = fileURLToPath(new URL('../../ui/run-view.html', import.meta.url));

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-cache',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** The run view at `/ui`, where `/` leads: one page without anything from elsewhere, reading the public API as any client does. */
export function addRunView(app: FastifyInstance): void {
  const page = readFileSync(PAGE);
  app.get('/', (_request, reply) => reply.redirect('/ui'));
  for (const url of ['/ui', '/ui/']) {
    app.get(url, (_request, reply) => reply.code(200).headers(HEADERS).send(page));
  }
}
