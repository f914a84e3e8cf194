import { THIS_RELEASE } from '@flowplane/contracts';
import { expect, it } from 'vitest';
import { runLimitsOf } from './run-limits.js';

const SETTINGS = { maxStateBytes: 1, maxTaskInputBytes: 5, subFlowMaxDepth: 2, subFlowMaxRuns: 3, subFlowMaxOpen: 4 };

it('a run is started without the bounds of sub-flows and moved tasks while workers that do not know them may take it over', () => {
  expect(runLimitsOf({ ...SETTINGS, writeAs: THIS_RELEASE })).toEqual({
    ...SETTINGS,
    tasksMove: true,
    decisionsTravel: true,
  });
  expect(runLimitsOf({ ...SETTINGS, writeAs: '0.2' })).toEqual({
    maxStateBytes: 1,
    maxTaskInputBytes: 5,
    subFlowMaxDepth: 2,
  });
});
