import { randomUUID } from 'node:crypto';
import { deleteTopics, makeBatchProducer } from '@flowplane/plumbing/kafka';
import { makePool } from '@flowplane/plumbing/postgres';
import { makeApiClient } from '../load/api-client.js';
import { openLog } from '../load/log-access.js';
import { publishMeasuredFlow } from '../load/published-flow.js';
import { THREE_TASK_FLOW } from '../load/run-commands.js';
import { stepFigures } from '../load/run-steps.js';
import type { Figure } from '../report/figure.js';
import { describeShares } from '../report/shares.js';
import { measureEventLatency, type EventLatency } from './event-latency.js';
import { measureEventRate, type EventRate } from './event-rate.js';
import type { Row, RowOutcome } from './row.js';

const TENANT = 'bench-i';

/** Of the median until the run has started. */
const MOST_RATIO = 2;

/** A platform event until its run is started, one at a time; and how many a second are accepted from a backlog. */
export const rowI: Row = {
  id: 'i',
  title: 'platform event → run started, against a hand-written consumer; events accepted, against starts over HTTP',
  expectedSeconds: 180,
  measure: async (context) => {
    const services = await context.system.startServices();
    const eventType = `bench.${randomUUID().slice(0, 8)}`;
    const topic = `evt.w-${TENANT}.${eventType}`;
    const api = makeApiClient(services.urls['command-service'], { tenantId: TENANT });
    const pool = makePool(services.env['FLOWS_DB_URL'] ?? '', { max: 1, applicationName: 'bench' });
    const log = await openLog(services.env);
    const producer = makeBatchProducer(log.client, { topic, maxPending: 1_000_000 });
    let engineStopped = false;
    try {
      const definition = { ...THREE_TASK_FLOW, triggers: [{ kind: 'platform-event', eventType }] };
      const startPath = await publishMeasuredFlow(api, definition);
      const setting = { context, services, api, pool, log, topic, startPath, producer };
      const latency = await measureEventLatency(setting);
      await services.stop('worker');
      await context.system.stopEngine();
      engineStopped = true;
      return outcome(latency, await measureEventRate(setting));
    } finally {
      await producer.close();
      // First the services: what waits for the engine need not be started.
      await pool.end();
      await services.close();
      if (engineStopped) await context.system.startEngine();
      await deleteTopics(log.client, [topic]);
      await log.close();
      api.close();
    }
  },
};

function outcome(latencies: readonly EventLatency[], rates: readonly EventRate[]): RowOutcome {
  const latency = (q: 'p50' | 'p99', most: number | null = null): Figure => ({
    row: 'i',
    name: `platform event → run started, ${q}`,
    unit: 'ms',
    aim: most === null ? null : { of: 'ratio', is: 'at most', value: most },
    samples: latencies.map(({ ours, byHand }) => ({ ours: ours[q], baseline: byHand[q] })),
  });
  const [first] = rates;
  return {
    figures: [
      latency('p50', MOST_RATIO),
      ...stepFigures(
        'i',
        latencies.map(({ steps }) => steps),
        'start',
      ),
      latency('p99'),
      {
        row: 'i',
        name: 'platform events accepted, against starts over HTTP',
        unit: 'per s',
        aim: null,
        samples: rates.map((rate) => ({ ours: rate.eventsPerSecond, baseline: rate.acceptedPerSecond })),
      },
    ],
    bounds: [
      'The hand-written consumer starts the workflow when it sees the record and keeps nothing; ours appends a command and has it decided before the run is started from the log.',
      ...(first === undefined ? [] : [describeShares('while events are accepted', first.cores)]),
    ],
    details: { latencies, rates },
  };
}
