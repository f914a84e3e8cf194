import { expect, it } from 'vitest';
import { runLoop, type AfterRound, type FaultAnswer, type Loop } from './index.js';

const LONG_MS = 60_000;

/** A loop whose rounds do this, one after the other; `over` resolves when the last has begun. */
function loopOf(rounds: readonly (() => AfterRound)[], onFault: (cause: unknown) => FaultAnswer = () => undefined) {
  let begun = 0;
  let last = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    last = resolve;
  });
  const loop: Loop = runLoop({
    round: async () => {
      const round = rounds[begun++];
      if (begun === rounds.length) last();
      return round === undefined ? 'idle' : round();
    },
    backoff: { firstMs: 1 },
    onFault: (cause) => onFault(cause),
  });
  return { loop, over, begun: () => begun };
}
const fail = (): never => {
  throw new Error('once');
};

it('goes on after a round that failed', async () => {
  const faults: unknown[] = [];
  const { loop, over } = loopOf([fail, () => undefined, () => 'idle'], (cause) => void faults.push(cause));
  await over;
  await loop.close();
  expect(faults).toEqual([new Error('once')]);
});

it('stops for good where the fault says so, and can be closed then', async () => {
  const { loop, over, begun } = loopOf([fail], () => 'stop');
  await over;
  loop.wake();
  await loop.close();
  expect(begun()).toBe(1);
});

it.each<['idles' | 'rests', AfterRound]>([
  ['idles', 'idle'],
  ['rests', { restMs: LONG_MS }],
])('%s until it is woken; a call during the round counts', async (_, after) => {
  const trial = loopOf([() => after, () => (trial.loop.wake(), after), () => after, () => 'idle']);
  trial.loop.wake();
  await new Promise(setImmediate);
  expect(trial.begun()).toBe(3);
  trial.loop.wake();
  await trial.over;
  await trial.loop.close();
});

it('closes in the middle of a rest, and waits for the round under way', async () => {
  const resting = loopOf([() => ({ restMs: LONG_MS })]);
  await resting.loop.close();
  let hasEnded = false;
  const busy = runLoop({
    round: async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await new Promise(setImmediate);
      hasEnded = true;
    },
    backoff: { firstMs: LONG_MS },
    onFault: () => undefined,
  });
  await busy.close();
  expect([resting.begun(), hasEnded]).toEqual([1, true]);
});

it('has its back-off start over after a round that lasted', async () => {
  const pauses: number[] = [];
  let rounds = 0;
  const loop = runLoop({
    round: async () => {
      if (++rounds === 3) await new Promise((resolve) => setTimeout(resolve, 30));
      throw new Error('again');
    },
    backoff: { firstMs: 1, maxMs: 20 },
    onFault: (_cause, pauseMs) => (pauses.push(pauseMs) === 4 ? 'stop' : undefined),
  });
  while (pauses.length < 4) await new Promise(setImmediate);
  await loop.close();
  expect(pauses).toEqual([1, 2, 1, 2]);
});
