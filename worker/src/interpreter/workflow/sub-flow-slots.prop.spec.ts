import type { SubFlowTotals } from '@flowplane/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeSubFlowSlots, type SubFlowSlot, type SubFlowSlots } from './sub-flow-slots.js';

/** A version: the versions that its sub-flow nodes name. All nodes are started at once. */
type Version = readonly Version[];
const totalsOf = (version: Version): SubFlowTotals => {
  const below = version.map(totalsOf);
  return {
    nesting: Math.max(0, ...below.map(({ nesting }) => 1 + nesting)),
    runs: below.reduce((sum, { runs }) => sum + 1 + runs, 0),
  };
};

/** Runs a version with all runs below it; those that are open end one after the other, in the order of `picks`. */
async function drive(top: Version, open: number, picks: readonly number[]) {
  const ready: { readonly end: () => void }[] = [];
  let [isOpen, mostOpen, started] = [0, 0, 0];
  const run = async (version: Version, below: number): Promise<void> => {
    if (version.length === 0) return new Promise((end) => ready.push({ end }));
    const slots = makeSubFlowSlots(totalsOf(version), below);
    await Promise.all(version.map((child) => start(child, slots)));
  };
  const start = async (version: Version, slots: SubFlowSlots): Promise<void> => {
    const slot: SubFlowSlot = await slots.take(totalsOf(version));
    started += 1;
    isOpen += 1;
    mostOpen = Math.max(mostOpen, isOpen);
    await run(version, slot.below);
    isOpen -= 1;
    slot.giveBack();
  };
  const all = { isOver: false };
  void run(top, open).then(() => (all.isOver = true));
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  for (let turn = 0; ready.length > 0; turn++) {
    ready.splice((picks[turn % picks.length] ?? 0) % ready.length, 1)[0]?.end();
    await settle();
  }
  return { isOver: all.isOver, mostOpen, started };
}

const leaves = (count: number): Version => Array.from({ length: count }, () => []);
const versionOf = (levels: number): fc.Arbitrary<Version> =>
  levels === 0 ? fc.constant([]) : fc.array(versionOf(levels - 1), { maxLength: 4 });
const picks = fc.array(fc.nat(1000), { minLength: 1, maxLength: 20 });

describe('places for the runs of sub-flows', () => {
  it('bound what is open at once over all levels, and let every run come to its end, in whatever order', async () => {
    let waited = 0;
    await fc.assert(
      fc.asyncProperty(versionOf(4), fc.integer({ min: 1, max: 12 }), picks, async (top, open, order) => {
        const { nesting, runs } = totalsOf(top);
        fc.pre(top.length > 0 && runs <= 60);
        const { isOver, mostOpen, started } = await drive(top, open, order);
        expect({ isOver, started }).toEqual({ isOver: true, started: runs });
        expect(mostOpen).toBeLessThanOrEqual(Math.max(open, nesting));
        if (runs > open) waited += 1;
      }),
      { numRuns: 300, verbose: fc.VerbosityLevel.Verbose },
    );
    expect(waited).toBeGreaterThan(30);
  });

  it('are all taken by many leaves, and by many leaves below one sub-flow', async () => {
    expect(await drive(leaves(250), 100, [0])).toEqual({ isOver: true, mostOpen: 100, started: 250 });
    expect(await drive([leaves(250)], 100, [0])).toEqual({ isOver: true, mostOpen: 100, started: 251 });
  });

  it('are there for all at once where there are enough', async () => {
    const top = [leaves(30), [leaves(10), leaves(20)], []];
    const { runs } = totalsOf(top);
    expect(await drive(top, runs, [0])).toEqual({ isOver: true, mostOpen: runs, started: runs });
  });

  it('keep a run that ends late from holding up its siblings', async () => {
    const { nesting, runs } = totalsOf([leaves(150), leaves(150)]);
    const slots = makeSubFlowSlots({ nesting, runs }, 100);
    const first = await slots.take(totalsOf(leaves(150)));
    const second = await slots.take(totalsOf(leaves(150)));
    expect([first.below, second.below]).toEqual([49, 49]);
  });
});
