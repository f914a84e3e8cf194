import { publishedSchemas } from '@flowplane/contracts';
import { refusal, sendJson, sendRefusal } from '@flowplane/plumbing/http';
import type { FastifyInstance } from 'fastify';

/**
 * The Avro schemas of our topics, for readers of the log. Public: they say nothing about any tenant.
 * `GET /v1/schemas` → `{"items":[{fingerprint, kind, name}]}`; `GET /v1/schemas/{fingerprint}` → the schema itself.
 * A fingerprint is 16 hex characters, the number's most significant byte first.
 */
export function addSchemaRoutes(app: FastifyInstance): void {
  const schemas = new Map(publishedSchemas().map((published) => [published.fingerprint, published]));
  const items = [...schemas.values()].map(({ fingerprint, kind, name }) => ({ fingerprint, kind, name }));
  app.get('/v1/schemas', (_request, reply) => sendJson(reply, 200, { items }));
  app.get<{ Params: { fingerprint: string } }>('/v1/schemas/:fingerprint', (request, reply) => {
    const published = schemas.get(request.params.fingerprint.toLowerCase());
    return published === undefined
      ? sendRefusal(reply, refusal('NO_ROUTE'))
      : sendJson(reply, 200, published.schema, { 'cache-control': 'public, max-age=31536000, immutable' });
  });
}
