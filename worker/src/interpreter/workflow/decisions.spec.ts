import { expect, it } from 'vitest';
import { makeDecisions } from './decisions.js';

it('every task carries what was decided before it, until one that did has completed', () => {
  const decisions = makeDecisions([{ nodeId: 'wait' }]);
  const first = decisions.carried();
  decisions.note({ nodeId: 'branch', arm: 1 });
  const second = decisions.carried();
  decisions.note({ nodeId: 'approval', signal: 'c1' });
  expect([first, second]).toEqual([[{ nodeId: 'wait' }], [{ nodeId: 'wait' }, { nodeId: 'branch', arm: 1 }]]);
  decisions.recorded(first);
  expect(decisions.carried()).toEqual([
    { nodeId: 'branch', arm: 1 },
    { nodeId: 'approval', signal: 'c1' },
  ]);
  decisions.recorded(second);
  expect(decisions.open()).toEqual([{ nodeId: 'approval', signal: 'c1' }]);
});

it('the earliest stay behind where there are too many', () => {
  const decisions = makeDecisions([], 60);
  for (const nodeId of ['a', 'b', 'c', 'd']) decisions.note({ nodeId, arm: 0 });
  expect(decisions.carried()).toEqual([
    { nodeId: 'c', arm: 0 },
    { nodeId: 'd', arm: 0 },
  ]);
  expect(decisions.open()).toHaveLength(4);
});
