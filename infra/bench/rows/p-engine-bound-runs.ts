import { THREE_TASK_FLOW } from '../load/run-commands.js';
import { totalOf } from '../measure/counters.js';
import { pin } from '../measure/pinning.js';
import type { Figure } from '../report/figure.js';
import { describeShares } from '../report/shares.js';
import { ENGINE_POSTGRES } from '../system/bench-system.js';
import { measureSides } from './completed-runs.js';
import { LOAD, measureSide, type Side } from './measure-side.js';
import { repeat, type Row } from './row.js';

const LEAST_RATIO = 0.95;
/** Groups of processes that share the core. */
const isApart = (group: string): boolean => ['temporal', ENGINE_POSTGRES, 'worker'].includes(group);

/**
 * As row a, but the engine, its part of PostgreSQL and the worker have one core for themselves, and everybody else has
 * another: what the runs themselves cost the engine, without what our other processes take from it.
 */
export const rowP: Row = {
  id: 'p',
  title: 'completed runs while engine, its database and worker have one core and everybody else another',
  expectedSeconds: 900,
  measure: async (context) => {
    const { temporal, [ENGINE_POSTGRES]: database } = context.system.cpuGroups();
    if (temporal === undefined || database === undefined) {
      throw new Error('the processes of the engine are not known, so that none can be given a core');
    }
    const measured = { id: 'p', flow: THREE_TASK_FLOW, workflow: 'threeActivities', hasSystem: false } as const;
    const repetitions = await repeat(context, 'runs on each side, engine apart', () =>
      measureSides(context, measured, async (row, baseline, side) => {
        const { worker, ...own } = side.groups;
        if (worker === undefined) throw new Error(`${side.name} has no worker`);
        const unpin = await pin({
          apart: { temporal, [ENGINE_POSTGRES]: database, worker },
          others: { ...context.system.cpuGroups(), ...own, [LOAD]: { pid: process.pid, isAlone: true } },
        });
        try {
          return await measureSide(row, baseline, side);
        } finally {
          await unpin();
        }
      }),
    );
    const figure = (name: string, unit: string, of: (side: Side) => number, aim: Figure['aim']): Figure => ({
      ...{ row: 'p', name, unit, aim },
      samples: repetitions.map(({ ours, byHand }) => ({ ours: of(ours), baseline: of(byHand) })),
    });
    const [first] = repetitions;
    return {
      figures: [
        figure('completed runs, the engine on a core for itself', 'runs/s', ({ runsPerSecond }) => runsPerSecond, {
          of: 'ratio',
          is: 'at least',
          value: LEAST_RATIO,
        }),
        figure('  use of that core', '%', ({ cores }) => 100 * (totalOf(cores, isApart) ?? 0), null),
      ],
      bounds:
        first === undefined
          ? []
          : [
              describeShares('by hand, one core for the engine', first.byHand.cores),
              describeShares('through Flowplane, one core for the engine', first.ours.cores),
            ],
      details: { repetitions },
    };
  },
};
