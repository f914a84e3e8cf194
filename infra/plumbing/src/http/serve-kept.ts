import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

type Served = { readonly body: Buffer; readonly etag: string };

/** Whether a client has what the tag names; a proxy that compresses may have made its tags weak. */
const isKnown = (ifNoneMatch = '', etag: string): boolean =>
  ifNoneMatch.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));

/** Answers an address with something that is made when it is first asked for, and kept: 304 for who has it already. */
export function serveKept(
  app: FastifyInstance,
  url: string,
  headers: Readonly<Record<string, string>>,
  make: () => string | Promise<Buffer | string>,
): void {
  let made: Promise<Served> | undefined;
  const get = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    made ??= Promise.resolve(make()).then((content) => {
      const body = Buffer.from(content);
      return { body, etag: `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"` };
    });
    const { body, etag } = await made.catch((cause: unknown) => {
      made = undefined;
      throw cause;
    });
    void reply.headers({ ...headers, etag, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' });
    return isKnown(request.headers['if-none-match'], etag) ? reply.code(304).send() : reply.send(body);
  };
  app.get(url, get);
}
