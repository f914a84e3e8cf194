import { randomUUID } from 'node:crypto';
import { closedAmong } from '@flowplane/runtime/read-model';
import type { Closer } from './closing/closer.js';
import { startLostRunSweep } from './closing/lost-run-sweep.js';
import { closeIfStuck, type LostRunPorts } from './closing/lost-runs.js';
import { endIfLost, type LostTemplateRunPorts } from './closing/lost-template-runs.js';
import { startSweep } from './closing/sweep.js';
import type { ExecutorOptions } from './executor-options.js';
import { flowTurn } from './intake/event-keys.js';
import type { KeyedQueue } from './intake/keyed-queue.js';
import { allOpen } from './read-model/open-runs.js';
import { startReconciler, type Drift } from './schedules/reconcile.js';
import type { ScheduleEffects } from './schedules/schedule-effects.js';
import type { ScheduleStore } from './schedules/schedule-store.js';
import { makeDoneBelow, type Positions } from './state/positions.js';
import { makeSweepLease } from './state/sweep-lease.js';

export type SweepParts = {
  readonly lost: LostRunPorts;
  readonly lostTemplateRuns: LostTemplateRunPorts;
  readonly closer: Closer;
  readonly queue: KeyedQueue;
  readonly positions: Positions;
  readonly schedules: ScheduleEffects;
  readonly scheduleStore: ScheduleStore;
  readonly onRepair: (drift: Drift) => void;
};

/** Starts the periodic searches for what no event or hint announced. One process at a time does each. */
export function startSweeps(options: ExecutorOptions, parts: SweepParts): { readonly close: () => Promise<void> } {
  const { engine, readPool, partitions, logger, engineScope } = options;
  const { queue } = parts;
  const holder = randomUUID();
  const lease = (scope: string) => makeSweepLease(options.statePool, scope, holder);
  const sweep = startSweep({
    ...{ engine, closer: parts.closer, now: Date.now, logger },
    closedAmong: (executionIds) => closedAmong(readPool, executionIds),
    lease: lease(engineScope),
    intervalMs: options.sweepIntervalMs,
    overlapMs: options.sweepOverlapMs,
  });
  const reconciler = startReconciler({
    ...{ engine: engine.schedules, store: parts.scheduleStore, push: parts.schedules.push, logger },
    inTurn: (flow, work) => queue.run(flowTurn(flow), work),
    lease: lease(`${engineScope}/schedules`),
    taskQueue: options.taskQueue,
    intervalMs: options.reconcileIntervalMs,
    onRepair: parts.onRepair,
  });
  const lostRuns = startLostRunSweep({
    ...{ queue, logger },
    open: () =>
      allOpen({
        ...{ readPool, partitions },
        endFlowRun: (run, signal) => closeIfStuck(parts.lost, run, signal),
        endTemplateRun: (run, signal) => endIfLost(parts.lostTemplateRuns, run, signal),
      }),
    doneBelow: makeDoneBelow(parts.positions, partitions),
    lease: lease(`${engineScope}/lost`),
    intervalMs: options.lostRunIntervalMs,
  });
  return {
    close: async () => {
      await Promise.all([sweep.close(), lostRuns.close(), reconciler.close()]);
    },
  };
}
