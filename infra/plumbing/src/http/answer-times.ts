import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** How long a client may take to read an answer; a slower one is cut off, since what it has not read fills the memory. */
export type AnswerTimes = {
  /** Of one part of an answer that is sent in parts, ms (FLOWS_ANSWER_STALL). */
  readonly partMs: number;
  /** Of a whole answer, ms (FLOWS_ANSWER_TIMEOUT). Event streams have bounds of their own. */
  readonly wholeMs: number;
};

export const ANSWER_TIMES: AnswerTimes = { partMs: 30_000, wholeMs: 300_000 };

/** Cuts the connection when the response is not over in time. @returns ends the watch before that */
export function cutAfter(response: ServerResponse, ms: number): () => void {
  const timer = setTimeout(() => response.destroy(), ms).unref();
  const stop = (): void => {
    clearTimeout(timer);
    response.off('close', stop);
  };
  response.once('close', stop);
  return stop;
}

/** Bounds every answer that is sent as a whole. */
export function boundAnswers(app: FastifyInstance, { wholeMs }: AnswerTimes): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    cutAfter(reply.raw, wholeMs);
    done(null, payload);
  });
}
