import { Refusal } from '@flowplane/plumbing/http';
import type { FastifyInstance } from 'fastify';
import type { Call } from './call.js';
import { ownTurn } from './own-turn.js';

/**
 * Does the work of a request in a turn of the loop that a large body has for itself; closing the server waits for it.
 *
 * @param reported what is thrown in place of a refusal, so that it is recorded
 */
export async function handled(
  app: Pick<FastifyInstance, 'handling'>,
  { body }: Pick<Call, 'body'>,
  work: () => Promise<void>,
  reported: (refusal: Refusal) => unknown,
): Promise<void> {
  const handling = (async () => {
    await ownTurn(body.length);
    await work();
  })();
  app.handling.add(handling);
  try {
    await handling;
  } catch (cause) {
    throw cause instanceof Refusal ? reported(cause) : cause;
  } finally {
    app.handling.delete(handling);
  }
}
