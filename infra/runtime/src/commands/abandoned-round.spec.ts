import type { Command } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { makeAbandonedRound, RecordGone, type StalePlace } from './abandoned-round.js';

const never = new AbortController().signal;

/** Stale commands at offsets 1, 2, 3, …; what happens to a command is decided by its offset. */
function trial(places: number, fate: (offset: number) => void, perRound = 100) {
  const sent: number[] = [];
  const warnings: unknown[] = [];
  const all = Array.from({ length: places }, (_, index) => ({ partition: 0, eventOffset: index + 1 }));
  const isIn = (list: readonly StalePlace[], place: StalePlace): boolean =>
    list.some(({ eventOffset }) => eventOffset === place.eventOffset);
  const round = makeAbandonedRound({
    stale: (but) => Promise.resolve(all.filter((place) => !isIn(but, place)).slice(0, perRound)),
    commandOffset: (_, eventOffset) => Promise.resolve(eventOffset),
    command: async (_, offset) => {
      fate(offset);
      return { meta: { commandId: String(offset) } } as unknown as Command;
    },
    append: async ({ meta }) => {
      sent.push(Number(meta.commandId));
      return true;
    },
    logger: { warn: (...line: unknown[]) => void warnings.push(line) },
  });
  return { round, sent, warnings };
}

describe('commands whose sender has died', () => {
  it('are brought to an end also behind one whose record is gone', async () => {
    const { round, sent, warnings } = trial(3, (offset) => {
      if (offset === 1) throw new RecordGone('gone');
    });
    expect(await round(never)).toBe(2);
    expect(sent).toEqual([2, 3]);
    expect(warnings).toHaveLength(1);
  });

  it('are brought to an end also behind more of those than one round looks after', async () => {
    const isGone = (offset: number): void => {
      if (offset <= 5) throw new RecordGone('gone');
    };
    const { round, sent } = trial(6, isGone, 5);
    expect([await round(never), await round(never)]).toEqual([0, 1]);
    expect(sent).toEqual([6]);
  });

  it('are tried again where the log did not answer', async () => {
    let away = true;
    const { round, sent } = trial(2, (offset) => {
      if (away && offset === 1) throw new Error('no record in time');
    });
    expect(await round(never)).toBe(1);
    away = false;
    expect(await round(never)).toBe(2);
    expect(sent).toEqual([2, 1, 2]);
  });
});
