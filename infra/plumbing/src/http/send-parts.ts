import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { cutAfter, type AnswerTimes } from './answer-times.js';

/** A piece of an answer's body. What it needs may be given back when the next one is asked for. */
export type Part = {
  readonly text: string | Buffer;
  /** Nothing comes behind it; without it the end is where the parts end. */
  readonly isLast?: boolean;
};

export type PartsAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: AsyncIterator<Part>;
};

/**
 * Sends a body part by part: the next one is asked for when the client has taken the one before, so that no more than
 * one is in memory. A client that leaves, or takes too long, ends the parts (`return`).
 *
 * @throws what the first part throws: nothing has been sent. A later fault cuts the connection and goes to `onBroken`
 */
export async function sendParts(
  reply: FastifyReply,
  { status, headers, parts }: PartsAnswer,
  times: AnswerTimes,
  onBroken: (cause: unknown) => void,
): Promise<void> {
  const first = await parts.next();
  const response = reply.raw;
  try {
    const known = first.done === true ? undefined : first.value;
    const length = known?.isLast === true ? { 'content-length': String(Buffer.byteLength(known.text)) } : {};
    const kept = reply.getHeaders() as Record<string, string>;
    reply.hijack();
    const stop = cutAfter(response, times.wholeMs);
    response.writeHead(status, { ...kept, ...headers, ...length });
    if (reply.request.method !== 'HEAD') await writeAll(response, first, parts, times.partMs);
    await flushed((done) => response.end(done), response, times.partMs);
    stop();
  } catch (cause) {
    response.destroy();
    onBroken(cause);
  } finally {
    await parts.return?.();
  }
}

async function writeAll(
  response: ServerResponse,
  first: IteratorResult<Part, unknown>,
  parts: AsyncIterator<Part>,
  partMs: number,
): Promise<void> {
  for (let next = first; next.done !== true; next = await parts.next()) {
    const { text, isLast } = next.value;
    if (!(await flushed((done) => response.write(text, done), response, partMs)) || isLast === true) return;
  }
}

/** Waits until the connection has taken what is written. @returns false: the client is gone, or was too slow */
function flushed(write: (done: () => void) => unknown, response: ServerResponse, ms: number): Promise<boolean> {
  if (response.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => {
    const settle = (isTaken: boolean): void => {
      clearTimeout(timer);
      response.off('close', gone);
      resolve(isTaken);
    };
    const gone = (): void => settle(response.writableFinished);
    const timer = setTimeout(() => response.destroy(), ms);
    response.once('close', gone);
    write(() => settle(!response.destroyed));
  });
}
