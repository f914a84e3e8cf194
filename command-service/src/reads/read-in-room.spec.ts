import { expect, test } from 'vitest';
import { makeAnswerLimiter } from '@flowplane/runtime/api';
import { READ_AT_ONCE_BYTES, readInRoom } from './read-in-room.js';

const MAX_BYTES = 8 * READ_AT_ONCE_BYTES;

/** A store with one answer of `bytes`, and what was held whenever it was asked. */
function stored(bytes: number | undefined) {
  const answers = makeAnswerLimiter({ answerMaxBytes: MAX_BYTES, answerWaitMs: 1 });
  const over: (() => void)[] = [];
  const call = {
    ...{ tenantId: 'acme', signal: new AbortController().signal },
    onOver: (listener: () => void) => void over.push(listener),
  };
  const asked: { readonly maxBytes: number; readonly held: number }[] = [];
  const read = (maxBytes: number) => {
    asked.push({ maxBytes, held: answers.held() });
    if (bytes === undefined) return Promise.resolve(undefined);
    return Promise.resolve({ bytes, result: bytes <= maxBytes ? 'x'.repeat(bytes) : null });
  };
  return { answers, asked, call, read, end: () => over.forEach((listener) => listener()) };
}

test('an answer of the usual size takes one read, and then the room that it needs until the call is over', async () => {
  const { answers, asked, call, read, end } = stored(700);
  expect((await readInRoom(answers, call, read))?.result).toHaveLength(700);
  expect(asked).toEqual([{ maxBytes: READ_AT_ONCE_BYTES, held: READ_AT_ONCE_BYTES }]);
  expect(answers.held()).toBe(700);
  end();
  expect(answers.held()).toBe(0);
});

test('a larger answer is read when there is room for all of it', async () => {
  const bytes = READ_AT_ONCE_BYTES + 1;
  const { answers, asked, call, read, end } = stored(bytes);
  expect((await readInRoom(answers, call, read))?.result).toHaveLength(bytes);
  expect(asked[1]).toEqual({ maxBytes: bytes, held: bytes });
  expect(answers.held()).toBe(bytes);
  end();
  expect(answers.held()).toBe(0);
});

test('a larger answer is not read while there is no room for it', async () => {
  const { answers, asked, call, read, end } = stored(MAX_BYTES);
  const other = await answers.hold({ ...call, tenantId: 'globex' }, READ_AT_ONCE_BYTES);
  await expect(readInRoom(answers, call, read)).rejects.toMatchObject({ problem: { code: 'OVERLOADED' } });
  expect(asked).toHaveLength(1);
  other.release();
  end();
  expect(answers.held()).toBe(0);
});

test('what is not there holds nothing', async () => {
  const { answers, call, read } = stored(undefined);
  expect(await readInRoom(answers, call, read)).toBeUndefined();
  expect(answers.held()).toBe(0);
});
