import { THREE_TASK_FLOW } from '../load/run-commands.js';
import { completedRuns } from './completed-runs.js';

export const rowA = completedRuns({
  id: 'a',
  title: 'completed runs of a three-task flow, against a hand-written Temporal workflow of three activities',
  flow: THREE_TASK_FLOW,
  workflow: 'threeActivities',
  leastRatio: 0.8,
  mostRatio: 1.05,
  hasSystem: true,
});
