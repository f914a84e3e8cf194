import { refusal } from '@flowplane/plumbing/http';
import { tooManyValues } from '@flowplane/plumbing/json';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Most members and items of such a body. */
const MAX_VALUES = 100_000;

/**
 * Reads the body of a GET, which the server leaves alone otherwise, within the bound of all bodies.
 *
 * @throws Refusal 413 PAYLOAD_TOO_LARGE
 */
export async function readBodyOfGet(app: FastifyInstance, request: FastifyRequest): Promise<void> {
  const { bodyLimit = 0 } = app.initialConfig;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.raw as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyLimit) throw refusal('PAYLOAD_TOO_LARGE');
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const message = tooManyValues('The body', body, MAX_VALUES);
  if (message !== undefined) throw refusal('PAYLOAD_TOO_LARGE', { message });
  request.body = body;
}
