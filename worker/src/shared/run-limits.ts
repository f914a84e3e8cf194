import { RELEASES, type Release } from '@flowplane/contracts';
import { integer } from '@flowplane/plumbing/config';
import type { RunLimits } from './run-input.js';

/** Settings that every run is started with. */
export const RUN_LIMIT_ENTRIES = {
  /** Bytes of a run's state, of runs started from now on. */
  maxStateBytes: integer('FLOWS_MAX_STATE_BYTES', 8_388_608, { min: 2 }),
  /** Bytes of the inputs of all tasks of a run, of runs started from now on. */
  maxTaskInputBytes: integer('FLOWS_MAX_TASK_INPUT_BYTES', 67_108_864, { min: 1 }),
  /** Levels of sub-flows below a run, when publishing and when running. */
  subFlowMaxDepth: integer('FLOWS_SUBFLOW_MAX_DEPTH', 10, { min: 0, max: 100 }),
  /** Runs of sub-flows that one run can start, on all levels together, when publishing and when running. */
  subFlowMaxRuns: integer('FLOWS_SUBFLOW_MAX_RUNS', 1000, { min: 0, max: 1_000_000 }),
  /** Runs of sub-flows below one run that are open at once, of runs started from now on. */
  subFlowMaxOpen: integer('FLOWS_SUBFLOW_MAX_OPEN', 100, { min: 1, max: 100_000 }),
};

export type RunLimitSettings = {
  readonly maxStateBytes: number;
  readonly maxTaskInputBytes: number;
  readonly subFlowMaxDepth: number;
  readonly subFlowMaxRuns: number;
  readonly subFlowMaxOpen: number;
  readonly writeAs: Release;
};

/** Release whose workers first knew the bounds of the number of sub-flows, and the overflow queue. */
const BOUNDS_SINCE: Release = '0.3';
/** Release whose workers first count what tasks carry of decisions. */
const DECISIONS_SINCE: Release = '0.4';

/**
 * The limits of a run that starts now. A run with the bounds of sub-flows, or with moved tasks, has other commands in its
 * history than one without: workers of an earlier release could not go on with it, so it gets none while there may be such
 * workers.
 */
export function runLimitsOf(settings: RunLimitSettings): RunLimits {
  const { maxStateBytes, maxTaskInputBytes, subFlowMaxDepth, subFlowMaxRuns, subFlowMaxOpen, writeAs } = settings;
  const isKnown = (since: Release): boolean => RELEASES.indexOf(writeAs) >= RELEASES.indexOf(since);
  const bounds = isKnown(BOUNDS_SINCE) ? ({ subFlowMaxRuns, subFlowMaxOpen, tasksMove: true } as const) : {};
  const decisions = isKnown(DECISIONS_SINCE) ? ({ decisionsTravel: true } as const) : {};
  return { maxStateBytes, maxTaskInputBytes, subFlowMaxDepth, ...bounds, ...decisions };
}
