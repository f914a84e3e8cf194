import { measureCatchUp } from '../load/catch-up.js';
import { percentile } from '../measure/statistics.js';
import type { Figure } from '../report/figure.js';
import { describeShares } from '../report/shares.js';
import { measureOverload, type Overloaded } from './lag-overload.js';
import { measurePaced, type Paced } from './lag-paced.js';
import type { RecordedLog } from '../load/recorded-log.js';
import { repeat, type Row, type RowContext } from './row.js';

/** Shares of the catch-up rate that are tried, the greatest first. */
const SHARES = [0.7, 0.55, 0.4, 0.3, 0.2, 0.1];
/** Of the machine: with less of it left, the lag says how its cores are shared, and not how fast the projection follows. */
const IDLE_SHARE = 0.2;

/** How old an event is when it can be read: at a steady rate, and when more is offered than can be followed. */
export const rowE: Row = {
  id: 'e',
  title:
    'lag from event to readable: at 70 % of the catch-up rate, where 20 % of the machine is idle, and under 200 % of what the whole chain sustains',
  expectedSeconds: 300,
  measure: async (context) => {
    const log = await context.recordedLog();
    const { eventsPerSecond } = await measureCatchUp(context.system, context.progress, log, () => Promise.resolve());
    const measured = await repeat(context, 'lag', async () => ({
      ...(await measurePacedDown(context, log, eventsPerSecond)),
      overloaded: await measureOverload(context),
    }));
    return outcome(measured, eventsPerSecond);
  },
};

type PacedDown = { readonly paced: Paced; readonly withIdle: Paced };

/** At 70 % of the catch-up rate, and at the greatest share of it that leaves some of the machine idle. */
async function measurePacedDown(context: RowContext, log: RecordedLog, catchUpRate: number): Promise<PacedDown> {
  const [share = 0, ...others] = SHARES;
  const paced = await measurePaced(context, log, share * catchUpRate);
  let withIdle = paced;
  for (const less of others) {
    if (withIdle.idle >= IDLE_SHARE) break;
    withIdle = await measurePaced(context, log, less * catchUpRate);
  }
  return { paced, withIdle };
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

function outcome(measured: readonly (PacedDown & { overloaded: Overloaded })[], catchUpRate: number) {
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
      alone('lag with 20 % idle, p50', 'ms', ({ withIdle }) => withIdle.lag.p50, null),
      alone('lag with 20 % idle, p99', 'ms', ({ withIdle }) => withIdle.lag.p99, {
        ...{ of: 'ours', is: 'at most', value: 100 },
      }),
      alone('offered with 20 % idle', 'events/s', ({ withIdle }) => withIdle.rate, null),
      alone('lag at 70 %, p50', 'ms', ({ paced }) => paced.lag.p50, null),
      alone('lag at 70 %, p99', 'ms', ({ paced }) => paced.lag.p99, null),
      alone('greatest lag at 200 %', 'ms', ({ overloaded }) => overloaded.lag.max, null),
      alone('share refused at 200 %', '%', ({ overloaded }) => overloaded.refusedShare * 100, null),
    ],
    bounds:
      first === undefined
        ? []
        : [
            `70 % of ${Math.round(catchUpRate)} events/s are replayed straight into the events topic; lag runs from the record's timestamp to the NOTIFY of its commit.`,
            describeShares(`at 70 %, ${percent(first.paced.idle)} idle`, first.paced.cores),
            describeShares(
              `at ${percent(first.withIdle.rate / catchUpRate)}, ${percent(first.withIdle.idle)} idle`,
              first.withIdle.cores,
            ),
            `200 % are starts over HTTP, open loop, at twice the ${Math.round(first.overloaded.sustainedPerSecond)}/s that 256 connections get accepted, decided and projected; ${Math.round(first.overloaded.acceptedPerSecond)}/s were accepted and the lag never exceeded ${Math.round(most)} ms.`,
            describeShares('at 200 %', first.overloaded.cores),
          ],
    details: { repetitions: measured, catchUpRate },
  };
}
