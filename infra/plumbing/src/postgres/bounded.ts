import type { Socket } from 'node:net';
import type { PoolClient } from './pool.js';

/** More came from the server than was allowed; the transaction is rolled back with its connection. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

export type Bounds = {
  /** Cuts the connection when it aborts: the server rolls back. */
  readonly signal: AbortSignal;
  /** Most bytes the server may send while `work` runs; more would only fill the memory. */
  readonly maxBytes: number;
};

/**
 * Runs `work` on a connection that is cut when a bound is reached.
 *
 * @throws AnswerTooLarge, the reason of `signal`, or what `work` throws
 */
export async function whileBounded<T>(client: PoolClient, bounds: Bounds, work: () => Promise<T>): Promise<T> {
  // The driver has no public way to its socket, and none to stop an answer that is under way.
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Socket } }).connection;
  let cut: Error | undefined;
  let receivedBytes = 0;
  const end = (why: Error): void => {
    cut ??= why;
    stream.destroy(cut);
  };
  const onData = (chunk: Buffer): void => {
    receivedBytes += chunk.length;
    if (receivedBytes > bounds.maxBytes) end(new AnswerTooLarge(`the answer has more than ${bounds.maxBytes} bytes`));
  };
  const onAbort = (): void => end(new Error('the work was given up'));
  if (bounds.signal.aborted) throw new Error('the work was given up');
  stream.on('data', onData);
  bounds.signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work();
  } catch (error) {
    throw cut ?? error;
  } finally {
    stream.off('data', onData);
    bounds.signal.removeEventListener('abort', onAbort);
  }
}
