import { measureCatchUp } from '../load/catch-up.js';
import { percentile } from '../measure/statistics.js';
import type { Figure } from '../report/figure.js';
import { describeShares } from '../report/shares.js';
import { measureOverload, type Overloaded } from './lag-overload.js';
import { measurePaced, type Paced } from './lag-paced.js';
import { repeat, type Row } from './row.js';

const SHARE = 0.7;

/** How old an event is when it can be read: at a steady rate, and when more is offered than can be followed. */
export const rowE: Row = {
  id: 'e',
  title: 'lag from event to readable: at 70 % of the catch-up rate, and under 200 % of what the whole chain sustains',
  expectedSeconds: 200,
  measure: async (context) => {
    const log = await context.recordedLog();
    const { eventsPerSecond } = await measureCatchUp(context.system, context.progress, log, () => Promise.resolve());
    const measured = await repeat(context, 'lag', async () => ({
      paced: await measurePaced(context, log, SHARE * eventsPerSecond),
      overloaded: await measureOverload(context),
    }));
    return outcome(measured, eventsPerSecond);
  },
};

function outcome(measured: readonly { paced: Paced; overloaded: Overloaded }[], catchUpRate: number) {
  const alone = (
    name: string,
    unit: string,
    of: (one: (typeof measured)[number]) => number,
    aim: Figure['aim'],
  ): Figure => ({
    row: 'e',
    name,
    unit,
    aim,
    samples: measured.map((one) => ({ ours: of(one), baseline: null })),
  });
  const [first] = measured;
  const most = percentile(
    measured.map(({ overloaded }) => overloaded.lag.max),
    1,
  );
  return {
    figures: [
      alone('lag at 70 %, p50', 'ms', ({ paced }) => paced.lag.p50, null),
      alone('lag at 70 %, p99', 'ms', ({ paced }) => paced.lag.p99, { of: 'ours', is: 'at most', value: 100 }),
      alone('greatest lag at 200 %', 'ms', ({ overloaded }) => overloaded.lag.max, null),
      alone('share refused at 200 %', '%', ({ overloaded }) => overloaded.refusedShare * 100, null),
    ],
    bounds:
      first === undefined
        ? []
        : [
            `70 % of ${Math.round(catchUpRate)} events/s are replayed straight into the events topic; lag runs from the record's timestamp to the NOTIFY of its commit.`,
            describeShares('at 70 %', first.paced.cores),
            `200 % are starts over HTTP, open loop, at twice the ${Math.round(first.overloaded.sustainedPerSecond)}/s that 256 connections get accepted, decided and projected; ${Math.round(first.overloaded.acceptedPerSecond)}/s were accepted and the lag never exceeded ${Math.round(most)} ms.`,
            describeShares('at 200 %', first.overloaded.cores),
          ],
    details: { repetitions: measured, catchUpRate },
  };
}
