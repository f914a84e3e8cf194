import { BRANCH_PARALLEL_FLOW } from '../load/branch-parallel-flow.js';
import { completedRuns } from './completed-runs.js';

/** The hand-written side decides in plain code; ours evaluates an expression, which its history keeps as a marker. */
export const rowG = completedRuns({
  id: 'g',
  title: 'completed runs of a flow with a branch, a parallel and three tasks, against the same written by hand',
  flow: BRANCH_PARALLEL_FLOW,
  workflow: 'branchAndParallel',
  leastRatio: 0.8,
  mostRatio: null,
  hasSystem: false,
});
