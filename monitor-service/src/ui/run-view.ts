import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';

/** The page, beside the package's sources; the path is right from `src` as from `dist`. */
const PAGE = fileURLToPath(new URL('../../ui/run-view.html', import.meta.url));

/** What the page imports: the parser of event streams, as its package has it. */
const PARSER = join(dirname(createRequire(import.meta.url).resolve('eventsource-parser/package.json')), 'dist');
const PARSER_FILES = ['index.js', 'parse.js', 'errors.js'];

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-cache',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
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
  for (const file of PARSER_FILES) {
    const script = readFileSync(join(PARSER, file));
    app.get(`/ui/eventsource-parser/${file}`, (_request, reply) =>
      reply.code(200).header('content-type', 'text/javascript; charset=utf-8').send(script),
    );
  }
}
