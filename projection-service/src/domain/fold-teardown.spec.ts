import { expect, it } from 'vitest';
import type { ControlKnown } from './control-batch.js';
import { knownAfter } from './fold-teardown.js';

const PURGE = { tenantId: 'gone', requested: [], purgedAt: 1 };

it('forgets everything of a purged tenant that a batch began with, and nothing of another', () => {
  const byFlow = <V>(): ReadonlyMap<string, V> =>
    new Map([
      ['gone:W:F', {} as V],
      ['other:W:F', {} as V],
    ]);
  const known: ControlKnown = {
    flows: byFlow(),
    generations: byFlow(),
    schedules: byFlow(),
    webhooks: byFlow(),
    templates: byFlow(),
    denials: new Map([
      ['gone/1', 5],
      ['other/1', 5],
    ]),
    // By command id, which no later command repeats.
    outcomes: new Map(),
  };
  const left = Object.values(knownAfter(known, [PURGE])).flatMap((part: ReadonlyMap<string, unknown>) => [
    ...part.keys(),
  ]);
  expect(left).toEqual(['other:W:F', 'other:W:F', 'other:W:F', 'other:W:F', 'other:W:F', 'other/1']);
});
