import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { apiDocument, flowSchema, type ApiDocumentOptions } from '@flowplane/contracts';
import type { FastifyInstance } from 'fastify';
import { serveKept } from './serve-kept.js';

/** Files of swagger-ui-dist that the page needs, with their content types. */
const ASSETS = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
} as const;

const INITIALIZER = `window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  docExpansion: 'none',
  persistAuthorization: false,
  validatorUrl: null,
});
`;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Flowplane API</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
  </head>
  <body>
    <p style="margin: 12px 20px; font: 15px system-ui, sans-serif">
      <a href="/docs/index">Pages: concepts, the flow language, a cookbook, and more</a>
    </p>
    <div id="swagger-ui"></div>
    <noscript>This page needs JavaScript; the document itself is at /openapi.json.</noscript>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/initializer.js"></script>
  </body>
</html>
`;

/** The page loads from its own origin only; swagger-ui sets styles on elements and shows data: images. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * `GET /openapi.json`, a page at `/docs` that shows it, and `GET /flow.schema.json` for editors. None needs a credential;
 * nothing is loaded from elsewhere.
 */
export function addApiDocument(app: FastifyInstance, options: ApiDocumentOptions): void {
  const html = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY };
  serveKept(app, '/openapi.json', { 'content-type': 'application/json; charset=utf-8' }, () =>
    JSON.stringify(apiDocument(options)),
  );
  serveKept(app, '/flow.schema.json', { 'content-type': 'application/json; charset=utf-8' }, () =>
    JSON.stringify(flowSchema()),
  );
  serveKept(app, '/docs', html, () => PAGE);
  serveKept(app, '/docs/initializer.js', { 'content-type': 'text/javascript; charset=utf-8' }, () => INITIALIZER);
  for (const [name, type] of Object.entries(ASSETS)) {
    serveKept(app, `/docs/${name}`, { 'content-type': type }, () => readFile(join(assetFolder(), name)));
  }
}

const assetFolder = (): string => dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
