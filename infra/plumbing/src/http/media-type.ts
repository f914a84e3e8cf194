import type { FastifyInstance } from 'fastify';

/**
 * Keeps the content type as `sentAs` and takes the header away: Fastify refuses a request whose content type it
 * cannot read, and here no route needs one (flows-api 1.1).
 */
export function readMediaTypes(app: FastifyInstance): void {
  app.decorateRequest('sentAs', '');
  app.addHook('onRequest', (request, _reply, done) => {
    request.sentAs = request.mediaType ?? '';
    delete request.raw.headers['content-type'];
    done();
  });
}
