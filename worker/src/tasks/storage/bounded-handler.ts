import { pipeline, Readable, Transform } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { finalError } from '../task-error.js';

/**
 * Most bytes of an answer that is no object: an error, or what a put is answered with. The client would read any length, and
 * takes time in its square for some.
 */
const MAX_ANSWER_BYTES = 65_536;

/** Sends requests of the client, and ends answers that are too long; objects are bounded where they are read. */
export class BoundedHandler extends NodeHttpHandler {
  override async handle(
    ...[request, options]: Parameters<NodeHttpHandler['handle']>
  ): ReturnType<NodeHttpHandler['handle']> {
    const answer = await super.handle(request, options);
    const { response } = answer;
    const isObject = request.method === 'GET' && response.statusCode < 300;
    const body: unknown = response.body;
    if (!isObject && body instanceof Readable) response.body = atMost(body);
    return answer;
  }
}

function atMost(body: Readable): Readable {
  let received = 0;
  const limit = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      received += chunk.length;
      if (received <= MAX_ANSWER_BYTES) done(null, chunk);
      else done(finalError('UPSTREAM_ERROR', 'The object store answered at too great a length.'));
    },
  });
  pipeline(body, limit, () => undefined); // the reader gets the fault
  return limit;
}
