import { readFileSync } from 'node:fs';
import { SERVICES, type IsolatedServices } from '@flowplane/stack';
import {
  makeQuietTenants,
  startHangingServer,
  startHostileTenant,
  type AnswerCounts,
  type QuietReport,
  type QuietTenants,
} from '../load/tenants/index.js';
import { readFootprint, totalOfGroup, type Footprint } from '../measure/footprint.js';
import { distributionOf } from '../measure/statistics.js';
import type { Figure } from '../report/figure.js';
import type { Row, RowContext, RowOutcome } from './row.js';

const QUIET_TENANTS = 10;

type Measured = {
  readonly alone: QuietReport;
  readonly attacked: QuietReport;
  readonly answers: AnswerCounts;
  /** Of all bodies of the hostile tenant. */
  readonly sentBytes: number;
  /** Bytes that each service holds in memory. */
  readonly memory: Readonly<Record<string, number>>;
  readonly footprint: Footprint;
};
const GROUPS = ['hostile', 'ordinary'] as const;

/** Ten tenants alone, and beside one that does everything at once that takes more than its share. */
export const rowJ: Row = {
  id: 'j',
  title: 'ten ordinary tenants beside one that does everything at once to take more than its share, against them alone',
  expectedSeconds: 240,
  measure: async (context) => {
    const hanging = await startHangingServer();
    // The bench lifts quotas, which are what this is about.
    const env = { FLOWS_QUOTAS: 'on', FLOWS_HTTP_ALLOW_HOSTS: hanging.hostPort };
    const services = await context.system.startServices({ env });
    const tenants = Array.from({ length: QUIET_TENANTS }, (_, at) => `quiet-${at}`);
    const quiet = await makeQuietTenants(services.url, tenants);
    const hostile = await startHostileTenant(services.url, 'hostile', `http://${hanging.hostPort}`);
    try {
      const seconds = context.isQuick ? 6 : 60;
      const alone = await used(context, 'alone', quiet, seconds);
      hostile.attack();
      const attacked = await used(context, 'attacked', quiet, seconds);
      const memory = residentBytes(services);
      const { answers, sentBytes } = await hostile.end();
      const footprint = await context.progress.step('reading what they left', 20, () =>
        readFootprint(services.env, (tenantId) => (tenantId === 'hostile' ? 'hostile' : ordinary(tenantId))),
      );
      return outcome({ alone, attacked, answers, sentBytes, memory, footprint });
    } finally {
      hostile.close();
      quiet.close();
      await services.close();
      hanging.close();
    }
  },
};

async function used(context: RowContext, name: string, quiet: QuietTenants, seconds: number): Promise<QuietReport> {
  return context.progress.step(name, seconds, async () => {
    const until = performance.now() + seconds * 1000;
    return quiet.use(() => performance.now() < until);
  });
}

const ordinary = (tenantId: string): string => (tenantId.startsWith('quiet-') ? 'ordinary' : 'nobody');

/** Of each service, from /proc. */
function residentBytes(services: IsolatedServices): Readonly<Record<string, number>> {
  const kb = (pid: number): number =>
    Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  return Object.fromEntries(SERVICES.map((name) => [name, kb(services.pid(name)) * 1024]));
}

function outcome({ alone, attacked, answers, sentBytes, memory, footprint }: Measured): RowOutcome {
  const p99 = ({ latencies }: QuietReport, what: string): number => distributionOf(latencies[what] ?? [0]).p99;
  const figure = (what: string): Figure => ({
    row: 'j',
    name: `${what} of ordinary tenants, p99`,
    unit: 'ms',
    aim: { of: 'ratio', is: 'at most', value: 2 },
    samples: [{ ours: p99(attacked, what), baseline: p99(alone, what) }],
  });
  const count = (name: string, value: number): Figure => ({
    ...{ row: 'j', name, unit: '', aim: null, samples: [{ ours: value, baseline: null }] },
  });
  return {
    figures: [
      ...Object.keys(alone.latencies).map(figure),
      count('answers that an ordinary tenant does not expect', attacked.surprises.length),
      count('memory of all services, MB', Object.values(memory).reduce((sum, bytes) => sum + bytes, 0) / 1e6),
      count('bytes in all bodies of the hostile, MB', sentBytes / 1e6),
      ...GROUPS.flatMap((group) => [
        count(`bytes in all topics, of the ${group}, MB`, totalOfGroup(footprint.topicBytes, group) / 1e6),
        count(`rows in all tables, of the ${group}`, totalOfGroup(footprint.tableRows, group)),
      ]),
    ],
    bounds: [
      'One machine does the work of both sides: what the hostile tenant may use by its quotas is taken from all.',
    ],
    details: { alone, attacked, answers, memory, footprint },
  };
}
