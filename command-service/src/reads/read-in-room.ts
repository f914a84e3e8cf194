import type { AnswerLimiter, Call, HeldBytes } from '@flowplane/runtime/api';

/** Room for so much is held before the size of an answer is known: hardly any is larger, and one trip to the store is enough. */
export const READ_AT_ONCE_BYTES = 65_536;

type Sized = { readonly bytes: number; readonly result: string | null };

/**
 * Reads a stored answer with room held for it, until the call is over, before it is in memory.
 *
 * @param read the answer, without its `result` where that is larger than `maxBytes`
 * @throws Refusal 503 OVERLOADED when there is no room; what `read` throws
 */
export async function readInRoom<Answer extends Sized>(
  answers: Pick<AnswerLimiter, 'hold'>,
  call: Pick<Call, 'tenantId' | 'signal' | 'onOver'>,
  read: (maxBytes: number) => Promise<Answer | undefined>,
): Promise<(Answer & { readonly result: string }) | undefined> {
  const held = await holdUntilOver(answers, call, READ_AT_ONCE_BYTES);
  const found = await read(READ_AT_ONCE_BYTES);
  if (found === undefined || hasResult(found)) {
    held.shrinkTo(found?.bytes ?? 0);
    return found;
  }
  held.release();
  await holdUntilOver(answers, call, found.bytes);
  const whole = await read(found.bytes);
  return whole !== undefined && hasResult(whole) ? whole : undefined;
}

/** Room for an answer, until the call is over. @throws Refusal 503 OVERLOADED when there is none */
export async function holdUntilOver(
  answers: Pick<AnswerLimiter, 'hold'>,
  call: Pick<Call, 'tenantId' | 'signal' | 'onOver'>,
  bytes: number,
): Promise<HeldBytes> {
  const held = await answers.hold(call, bytes);
  call.onOver(held.release);
  return held;
}

const hasResult = <Answer extends Sized>(found: Answer): found is Answer & { readonly result: string } =>
  found.result !== null;
