import { openCommandFloor } from '../baseline/command-floor.js';
import { callExpecting, makeApiClient, type ApiClient } from '../load/api-client.js';
import { THREE_TASK_FLOW } from '../load/run-commands.js';
import { sampled, type Distribution } from '../measure/statistics.js';
import type { Figure, Sample } from '../report/figure.js';
import { repeat, type Row, type RowContext, type RowOutcome } from './row.js';

/** Most of the ratios to the floor. */
const MOST = { create: 2, patch: 2.2 } as const;

type Repetition = {
  readonly floor: Distribution;
  readonly create: Distribution;
  readonly patch: Distribution;
  readonly throughGateway: Distribution;
};

/** Command latency, one at a time on an idle system, against what it cannot do without. */
export const rowC: Row = {
  id: 'c',
  title: 'command latency: HTTP request → decided and projected (synchronous create and patch, one at a time)',
  expectedSeconds: 60,
  measure: async (context) => {
    const services = await context.system.startServices({ only: ['projection-service', 'command-service', 'gateway'] });
    const floor = await openCommandFloor(context.system);
    const direct = makeApiClient(services.urls['command-service'], { tenantId: 'bench-c' });
    const gateway = makeApiClient(services.url, { tenantId: 'bench-c' });
    try {
      await warmUp(context, direct, gateway, floor.pass);
      const measured = await repeat(context, 'command latency', async (index) => {
        const count = context.isQuick ? 20 : 500;
        return {
          floor: await sampled(count, () => floor.pass()),
          create: await sampled(count, (n) => timed(() => createFlow(direct, `c${index}-${n}`))),
          patch: await sampled(count, (n) => timed(() => patchFlow(direct, `c${index}-${n}`, n))),
          throughGateway: await sampled(count, (n) => timed(() => patchFlow(gateway, `c${index}-${n}`, -n))),
        };
      });
      return outcome(measured);
    } finally {
      direct.close();
      gateway.close();
      await floor.close();
      await services.close();
    }
  },
};

async function warmUp(
  context: RowContext,
  direct: ApiClient,
  gateway: ApiClient,
  floor: () => Promise<number>,
): Promise<void> {
  const count = context.isQuick ? 5 : 200;
  await sampled(count, floor);
  await sampled(count, (n) => timed(() => createFlow(direct, `warm-${n}`)));
  await sampled(count, (n) => timed(() => patchFlow(gateway, `warm-${n}`, n)));
}

const createFlow = (client: ApiClient, flowId: string) =>
  callExpecting(client, 201, 'POST', '/flows', { flowId, name: flowId, definition: THREE_TASK_FLOW });

const patchFlow = (client: ApiClient, flowId: string, n: number) =>
  callExpecting(client, 200, 'PATCH', `/flows/${flowId}`, { name: `renamed ${n}` });

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function outcome(measured: readonly Repetition[]): RowOutcome {
  const figure = (name: string, sample: (one: Repetition) => Sample, most: number | null): Figure => ({
    row: 'c',
    name,
    unit: 'ms',
    aim: most === null ? null : { of: 'ratio', is: 'at most', value: most },
    samples: measured.map(sample),
  });
  const against = (kind: 'create' | 'patch' | 'throughGateway', q: 'p50' | 'p99') => (one: Repetition) => ({
    ours: one[kind][q],
    baseline: one.floor[q],
  });
  return {
    figures: [
      figure('create flow, p50', against('create', 'p50'), MOST.create),
      figure('create flow, p99', against('create', 'p99'), MOST.create),
      figure('patch flow, p50', against('patch', 'p50'), MOST.patch),
      figure('patch flow, p99', against('patch', 'p99'), MOST.patch),
      figure('patch through the gateway, p50', against('throughGateway', 'p50'), null),
    ],
    bounds: [
      'The floor is two produce → consume hops, one commit and one NOTIFY in one process; on top of it come HTTP, parsing and validation, the decision, and the rows of the command, its flow and its audit record.',
    ],
    details: { repetitions: measured },
  };
}
