import { randomUUID } from 'node:crypto';
import { webhookSignature } from '@flowplane/contracts';
import { openReceiver, type Receiver } from '../baseline/hand-written-triggers.js';
import {
  connectBaseline,
  startBaselineWorker,
  type EngineTimes,
  type EngineBaseline,
} from '../baseline/engine-baseline.js';
import type { ForkedProcess } from '../baseline/forked-process.js';
import { WORKER_SETTINGS } from '../baseline/worker-settings.js';
import { callExpecting, makeApiClient, workspacePath } from '../load/api-client.js';
import { openLog, type LogAccess } from '../load/log-access.js';
import { THREE_TASK_FLOW } from '../load/run-commands.js';
import { startSteps, stepFigures, type MeasuredStart, type StepTimes } from '../load/run-steps.js';
import { distributionOf, type Distribution } from '../measure/statistics.js';
import type { Figure } from '../report/figure.js';
import { repeat, type Row, type RowOutcome } from './row.js';

const FLOW_ID = 'measured';
/** Of the median until the first activity. */
const MOST_RATIO = 1.3;
const BODY = JSON.stringify({ order: 4711 });

type Side = { readonly answered: Distribution; readonly firstActivity: Distribution };
type Repetition = { readonly ours: Side; readonly byHand: Side; readonly steps: StepTimes };
/** Sends one webhook. @returns the id of the run that it started */
type Deliver = () => Promise<string>;

/** A webhook until the first activity of its run, one at a time, against a receiver written by hand. */
export const rowH: Row = {
  id: 'h',
  title: 'webhook → first activity started, one at a time, against a hand-written receiver that starts a workflow',
  expectedSeconds: 150,
  measure: async (context) => {
    const services = await context.system.startServices();
    const address = services.endpoints.temporalAddress;
    const place = { address, namespace: services.env['TEMPORAL_NAMESPACE'] ?? '', taskQueue: 'by-hand' };
    const api = makeApiClient(services.urls['command-service'], { tenantId: 'bench-h' });
    let baseline: EngineBaseline | undefined;
    let worker: ForkedProcess | undefined;
    let receiver: Receiver | undefined;
    let log: LogAccess | undefined;
    try {
      const engine = await connectBaseline(place);
      baseline = engine;
      worker = await startBaselineWorker(place, WORKER_SETTINGS);
      const secret = await publishWebhook(api);
      const hook = `${workspacePath(api.tenantId)}/triggers/webhooks/${FLOW_ID}%3Awebhook%3Adefault`;
      const ours = deliverTo(services.urls['trigger-service'] + hook, secret);
      const firstRun = await ours();
      await engine.timesOf(firstRun);
      const contents = await engine.startContents(firstRun);
      receiver = await openReceiver(secret, (id) => engine.startWith(id, 'threeActivities', contents));
      const byHand = deliverTo(receiver.url, secret);
      const ourLog = await openLog(services.env);
      log = ourLog;
      const sampled = (deliver: Deliver, count: number) => sample(deliver, count, engine.timesOf);
      const warmUp = context.isQuick ? 2 : 50;
      for (const deliver of [byHand, ours]) await sampled(deliver, warmUp);
      const count = context.isQuick ? 5 : 200;
      const measured = await repeat(context, `${count} webhooks on each side`, async () => {
        const raw = await context.progress.step('written by hand', 15, () => sampled(byHand, count));
        const runs = await context.progress.step('through Flowplane', 20, () => sampled(ours, count));
        return { byHand: sideOf(raw), ours: sideOf(runs), steps: await startSteps(ourLog, runs) };
      });
      return outcome(measured);
    } finally {
      await log?.close();
      await receiver?.close();
      await worker?.close();
      await baseline?.close();
      api.close();
      await services.close();
    }
  },
};

/** @returns the secret of the flow's webhook */
async function publishWebhook(api: ReturnType<typeof makeApiClient>): Promise<string> {
  const definition = { ...THREE_TASK_FLOW, triggers: [{ kind: 'webhook' }] };
  await callExpecting(api, 201, 'POST', '/flows', { flowId: FLOW_ID, name: definition.name, definition });
  const { body } = await callExpecting(api, 201, 'POST', `/flows/${FLOW_ID}/versions`);
  const { webhooks } = body['triggers'] as { readonly webhooks: readonly { readonly secret: string }[] };
  return webhooks[0]?.secret ?? '';
}

function deliverTo(url: string, secret: string): Deliver {
  const signature = webhookSignature(secret, Buffer.from(BODY));
  return async () => {
    const id = `by-hand-${randomUUID()}`;
    const headers = { 'x-platform-webhook-signature': signature, 'x-platform-webhook-id': id };
    const answer = await fetch(url, { method: 'POST', headers, body: BODY });
    const text = await answer.text();
    if (answer.status !== 202) throw new Error(`a webhook was answered ${answer.status}: ${text}`);
    return text === '' ? id : (JSON.parse(text) as { readonly executionId: string }).executionId;
  };
}

type Delivered = MeasuredStart & { readonly answeredAt: number };

async function sample(
  deliver: Deliver,
  count: number,
  timesOf: (id: string) => Promise<EngineTimes>,
): Promise<readonly Delivered[]> {
  const delivered: Delivered[] = [];
  for (let index = 0; index < count; index++) {
    const sentAt = Date.now();
    const executionId = await deliver();
    const answeredAt = Date.now();
    delivered.push({ executionId, sentAt, answeredAt, ...(await timesOf(executionId)) });
  }
  return delivered;
}

const sideOf = (delivered: readonly Delivered[]): Side => ({
  answered: distributionOf(delivered.map(({ sentAt, answeredAt }) => answeredAt - sentAt)),
  firstActivity: distributionOf(delivered.map(({ sentAt, firstActivityAt }) => firstActivityAt - sentAt)),
});

function outcome(measured: readonly Repetition[]): RowOutcome {
  const figure = (name: string, of: (side: Side) => number, most: number | null = null): Figure => ({
    row: 'h',
    name,
    unit: 'ms',
    aim: most === null ? null : { of: 'ratio', is: 'at most', value: most },
    samples: measured.map(({ ours, byHand }) => ({ ours: of(ours), baseline: of(byHand) })),
  });
  return {
    figures: [
      figure('webhook → first activity started, p50', ({ firstActivity }) => firstActivity.p50, MOST_RATIO),
      ...stepFigures(
        'h',
        measured.map(({ steps }) => steps),
        'activity',
      ),
      figure('webhook → first activity started, p99', ({ firstActivity }) => firstActivity.p99),
      figure('webhook → answered, p50', ({ answered }) => answered.p50),
      figure('webhook → answered, p99', ({ answered }) => answered.p99),
    ],
    bounds: [
      'The hand-written receiver starts the workflow before it answers and keeps nothing; ours appends a command, has it decided and projected, answers, and starts the run from the log.',
    ],
    details: { repetitions: measured },
  };
}
