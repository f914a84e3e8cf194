import { expect, it } from 'vitest';
import { makeAnswerLimiter } from './answer-limiter.js';

const callOf = (tenantId: string) => ({ tenantId, signal: new AbortController().signal });
const OVERLOADED = { problem: { status: 503, code: 'OVERLOADED', retryAfterSeconds: 1 } };

it('answers wait for room in memory, and are refused when there is none in time', async () => {
  const answers = makeAnswerLimiter({ answerMaxBytes: 100, answerWaitMs: 1 });
  const held = await answers.hold(callOf('A'), 50);
  await answers.hold(callOf('B'), 50);
  await expect(answers.hold(callOf('C'), 1)).rejects.toMatchObject(OVERLOADED);
  held.release();
  await answers.hold(callOf('C'), 1);
  expect(answers.held()).toBe(51);
});

it('answers of one tenant leave half of the memory to others', async () => {
  const answers = makeAnswerLimiter({ answerMaxBytes: 100, answerWaitMs: 1 });
  await answers.hold(callOf('A'), 50);
  await expect(answers.hold(callOf('A'), 1)).rejects.toMatchObject(OVERLOADED);
  await answers.hold(callOf('B'), 50);
  expect(answers.held()).toBe(100);
});

it('a client that has left does not wait', async () => {
  const answers = makeAnswerLimiter({ answerMaxBytes: 100, answerWaitMs: 600_000 });
  await answers.hold(callOf('A'), 100);
  const gone = new AbortController();
  const waiting = answers.hold({ tenantId: 'B', signal: gone.signal }, 1);
  gone.abort();
  await expect(waiting).rejects.toMatchObject(OVERLOADED);
});
