import { expect, test } from 'vitest';
import { jsonObject, readAhead } from './call.js';
import { LARGE_BODY_BYTES, ownTurn } from './own-turn.js';

/** Counts the turns of the loop while `work` goes on. */
async function countingTurns<T>(work: (turn: () => number) => Promise<T>): Promise<T> {
  let turn = 0;
  let isOver = false;
  const count = (): void => {
    turn += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  try {
    return await work(() => turn);
  } finally {
    isOver = true;
  }
}

test('large bodies that came together are read in a turn each, in their order', async () => {
  const read: (readonly [number, number])[] = [];
  await countingTurns((turn) =>
    Promise.all(
      [0, 1, 2, 3].map(async (body) => {
        await ownTurn(LARGE_BODY_BYTES);
        read.push([body, turn()]);
      }),
    ),
  );
  expect(read.map(([body]) => body)).toEqual([0, 1, 2, 3]);
  expect(new Set(read.map(([, turn]) => turn)).size).toBe(4);
});

test('small ones do not wait for them', async () => {
  const turns = await countingTurns(async (turn) => {
    const large = ownTurn(LARGE_BODY_BYTES);
    await ownTurn(LARGE_BODY_BYTES - 1);
    const small = turn();
    await large;
    return [small, turn()] as const;
  });
  expect(turns[0]).toBe(0);
  expect(turns[1]).toBeGreaterThan(0);
});

test('what is done with a large body comes in the turn after the one that reads it', async () => {
  const body = Buffer.from(JSON.stringify({ text: 'x'.repeat(LARGE_BODY_BYTES) }));
  const call = { body, mediaType: 'application/json' };
  const turns = await countingTurns(async (turn) => {
    const reading = readAhead(call);
    // It has been read by now, so that what the buffer holds does not matter any more.
    body.fill(' ');
    await reading;
    return turn();
  });
  expect(turns).toBeGreaterThan(0);
  expect(jsonObject(call)).toMatchObject({ text: expect.stringContaining('xxx') });
});
