import { measureCatchUp } from '../load/catch-up.js';
import { insertPlainly } from '../baseline/plain-insert.js';
import type { Figure } from '../report/figure.js';
import { describeShares } from '../report/shares.js';
import { repeat, type Row } from './row.js';

/** How fast the projection catches up with a waiting log, against inserting the same rows with nothing around it. */
export const rowD: Row = {
  id: 'd',
  title: 'projection: events a second while catching up with a waiting log',
  expectedSeconds: 180,
  measure: async (context) => {
    const log = await context.recordedLog();
    const measured = await repeat(context, 'catching up', async () => {
      const caughtUp = await measureCatchUp(context.system, context.progress, log, async (services) =>
        context.progress.step('the same rows by plain INSERT', 10, () =>
          insertPlainly(services.env['FLOWS_DB_URL'] ?? '', context.system.cpuGroups()),
        ),
      );
      const { whenDone: plain, ...ours } = caughtUp;
      return { ...ours, plain, plainEventsPerSecond: log.commands / plain.seconds };
    });
    const figure = (name: string, of: (one: (typeof measured)[number]) => number): Figure => ({
      ...{ row: 'd', name, unit: 'events/s', aim: { of: 'ratio', is: 'at least', value: 0.5 } },
      samples: measured.map((one) => ({ ours: of(one), baseline: one.plainEventsPerSecond })),
    });
    return {
      figures: [
        figure('events projected', (one) => one.eventsPerSecond),
        figure('events projected and published to the audit topic', (one) => one.withAuditPerSecond),
      ],
      bounds: [
        `The baseline inserts the final rows (${measured[0]?.plain.rows} of them) in statements of 1,000, without reading, decoding, updating or looking up anything.`,
        ...measured.slice(0, 1).map((one) => describeShares('while catching up', one.cores)),
      ],
      details: { repetitions: measured },
    };
  },
};
