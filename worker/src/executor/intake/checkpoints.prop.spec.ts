import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCheckpoints } from './checkpoints.js';

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 1_000_000);

describe('low-water mark', () => {
  it(`never passes work in hand and reaches the end, in any order of completion (seed ${seed})`, () => {
    const run = fc.property(
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 20 }),
      fc.infiniteStream(fc.nat()),
      (batches, choices) => {
        const marks = makeCheckpoints<number>();
        const inHand = batches.flatMap((work, index) => {
          const done = marks.add(index, work);
          return Array.from({ length: work }, () => ({ index, done }));
        });
        while (inHand.length > 0) {
          const lowest = Math.min(...inHand.map((piece) => piece.index));
          expect(marks.committable() ?? -1).toBe(lowest - 1);
          const [piece] = inHand.splice((choices.next().value as number) % inHand.length, 1);
          piece?.done();
        }
        expect(marks.committable()).toBe(batches.length - 1);
      },
    );
    fc.assert(run, { seed });
  });
});
