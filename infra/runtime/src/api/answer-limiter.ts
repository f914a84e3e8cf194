import { refusal } from '@flowplane/plumbing/http';
import { makeByteLimiter, type HeldBytes } from '@flowplane/plumbing/limiter';
import type { Call } from './call.js';

export type { HeldBytes };

/** Bounds the bytes of answers that a process has in memory, from the store's answer until clients have taken them. */
export type AnswerLimiter = {
  /**
   * Waits for room. Ask before anything is loaded, and not while a connection of the store is held.
   *
   * @throws Refusal 503 OVERLOADED after the wait, or when the client is gone
   */
  readonly hold: (call: Pick<Call, 'tenantId' | 'signal'>, bytes: number) => Promise<HeldBytes>;
  /** Bytes held now. */
  readonly held: () => number;
};

/** @param options `answerMaxBytes`: FLOWS_ANSWER_MAX_BYTES; `answerWaitMs`: FLOWS_ANSWER_WAIT_TIMEOUT */
export function makeAnswerLimiter(options: {
  readonly answerMaxBytes: number;
  readonly answerWaitMs: number;
}): AnswerLimiter {
  const limiter = makeByteLimiter(options.answerMaxBytes);
  return {
    held: limiter.held,
    hold: ({ tenantId, signal }, bytes) =>
      limiter.take(bytes, { owner: tenantId, signal, waitMs: options.answerWaitMs }).catch((cause: unknown) => {
        throw Object.assign(refusal('OVERLOADED', { retryAfterSeconds: 1 }), { cause });
      }),
  };
}
