import { correlationIdOf } from '@flowplane/plumbing/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Call, SignedCall } from './call.js';
import { isStillLetIn } from './caller.js';

export type Access = NonNullable<FastifyRequest['access']>;
/** Whether a request is let in, and as whom. @throws Refusal */
export type Admit = (request: FastifyRequest) => Promise<Access>;

/** A request that was let in, as handlers see it. */
export function callOf(request: FastifyRequest, reply: FastifyReply, admit: Admit): SignedCall {
  if (request.access === null) throw new TypeError('a flow route ran without an access check');
  const { identity, workspaceId } = request.access;
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return {
    identity,
    workspaceId,
    correlationId: correlationIdOf(request),
    traceparent: request.traceparent,
    method: request.method,
    url: request.url,
    params: request.params as Record<string, string>,
    query: request.query as Call['query'],
    headers: request.headers,
    mediaType: request.sentAs,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    signal: gone.signal,
    onOver: (listener) => {
      if (reply.raw.closed) listener();
      else reply.raw.once('close', listener);
    },
    isLetIn: () => isStillLetIn(admit(request)),
  };
}
