import { setTimeout as sleep } from 'node:timers/promises';
import { webhookSignature } from '@flowplane/contracts';
import { callExpecting, makeApiClient, workspacePath, type ApiAnswer, type ApiClient } from '../api-client.js';

/** What ten ordinary tenants met. */
export type QuietReport = {
  /** Milliseconds of each call, by what it was. `run` is a run from its start to its end in the read model. */
  readonly latencies: Readonly<Record<string, readonly number[]>>;
  /** Answers that were not what an ordinary caller expects, e.g. `start: 503 OVERLOADED`. */
  readonly surprises: readonly string[];
  readonly completedRuns: number;
};

type GoesOn = (round: number) => boolean;

export type QuietTenants = {
  /** Lets every tenant use the API, each at its own pace. @param goesOn asked before each round, which are counted from 1 */
  readonly use: (goesOn: GoesOn) => Promise<QuietReport>;
  readonly close: () => void;
};

const PATIENT = { prefer: 'wait=60' };
const FLOW_ID = 'orders';
const HOOK = `${FLOW_ID}:webhook:default`;
/** A tenant does one round of calls in about this time, ms. */
const ROUND_MS = 3000;
const POLL_MS = 250;
const RUN_TIMEOUT_MS = 480_000;

/** Expressions, tasks and a webhook: something of every pool that tenants share. */
const DEFINITION = {
  apiVersion: 'v1.0',
  name: FLOW_ID,
  inputs: { amount: { type: 'number', default: 1 } },
  nodes: [
    { id: 'size', type: 'branch', arms: [{ when: 'inputs.amount > 100', next: 'large' }], default: 'small' },
    { id: 'large', type: 'task', taskType: 'bench.echo', input: { n: '${{ inputs.amount * 2 }}' } },
    { id: 'small', type: 'task', taskType: 'bench.echo', input: { n: '${{ inputs.amount }}' } },
  ],
  triggers: [{ kind: 'webhook', filter: 'event.amount > 0' }],
};

/** Makes the flows of some tenants. @param url of the gateway; the services know echo tasks */
export async function makeQuietTenants(url: string, tenantIds: readonly string[]): Promise<QuietTenants> {
  const clients = tenantIds.map((tenantId) => makeApiClient(url, { tenantId }));
  const secrets: string[] = [];
  for (const client of clients) secrets.push(await publish(client));
  return {
    use: async (goesOn) => {
      const report = makeReport();
      const users = clients.map((client, index) => oneTenant(url, client, secrets[index] ?? '', report, goesOn, index));
      await Promise.all(users);
      return report.result();
    },
    close: () => {
      for (const client of clients) client.close();
    },
  };
}

/** @returns the secret of the flow's webhook */
async function publish(client: ApiClient): Promise<string> {
  const body = { flowId: FLOW_ID, name: FLOW_ID, definition: DEFINITION };
  await callExpecting(client, 201, 'POST', '/flows', body, PATIENT);
  const answer = await callExpecting(client, 201, 'POST', `/flows/${FLOW_ID}/versions`, undefined, PATIENT);
  const { webhooks } = answer.body['triggers'] as { readonly webhooks: readonly { readonly secret: string }[] };
  return webhooks[0]?.secret ?? '';
}

type Report = ReturnType<typeof makeReport>;

function makeReport() {
  const latencies: Record<string, number[]> = {};
  const surprises: string[] = [];
  let completedRuns = 0;
  return {
    took: (what: string, ms: number) => void (latencies[what] ??= []).push(ms),
    surprise: (what: string) => void surprises.push(what),
    completed: () => void (completedRuns += 1),
    result: (): QuietReport => ({ latencies, surprises, completedRuns }),
  };
}

async function oneTenant(
  url: string,
  client: ApiClient,
  secret: string,
  report: Report,
  goesOn: GoesOn,
  index: number,
): Promise<void> {
  await sleep((index * ROUND_MS) / 10); // not all in step
  for (let round = 1; goesOn(round); round++) {
    const next = sleep(ROUND_MS);
    await oneRound(url, client, secret, report, round);
    await next;
  }
}

async function oneRound(url: string, client: ApiClient, secret: string, report: Report, round: number): Promise<void> {
  const timed = async (what: string, status: number, call: () => Promise<ApiAnswer>): Promise<ApiAnswer | null> => {
    const beganAt = performance.now();
    try {
      const answer = await call();
      report.took(what, performance.now() - beganAt);
      if (answer.status === status) return answer;
      report.surprise(`${what}: ${answer.status} ${String(answer.body['code'])}`);
    } catch (thrown) {
      report.surprise(`${what}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
    return null;
  };
  const body = { input: { amount: round % 2 === 0 ? 200 : 20 } };
  const beganAt = performance.now();
  const started = await timed('start', 201, () => client.call('POST', `/flows/${FLOW_ID}/executions`, body, PATIENT));
  await timed('webhook', 202, () => deliver(url, client.tenantId, secret, round));
  await timed('patch', 200, () => client.call('PATCH', `/flows/${FLOW_ID}`, { name: `orders ${round}` }, PATIENT));
  await timed('validate', 200, () => client.call('POST', `/flows/${FLOW_ID}/validate`, { definition: DEFINITION }));
  await timed('list', 200, () => client.call('GET', '/flows'));
  if (started !== null) await untilClosed(client, String(started.body['executionId']), report, beganAt);
}

async function untilClosed(client: ApiClient, executionId: string, report: Report, beganAt: number): Promise<void> {
  const path = `/flows/${FLOW_ID}/executions/${encodeURIComponent(executionId)}`;
  while (performance.now() - beganAt < RUN_TIMEOUT_MS) {
    const { status, body } = await client.call('GET', path);
    if (status !== 200) return report.surprise(`read: ${status} ${String(body['code'])}`);
    if (body['status'] === 'Completed') {
      report.took('run', performance.now() - beganAt);
      return report.completed();
    }
    if (body['status'] !== 'Running' && body['status'] !== 'Pending') {
      return report.surprise(`run: ${String(body['status'])}`);
    }
    await sleep(POLL_MS);
  }
  report.surprise(`run: still open after ${RUN_TIMEOUT_MS} ms`);
}

async function deliver(url: string, tenantId: string, secret: string, round: number): Promise<ApiAnswer> {
  const bytes = Buffer.from(JSON.stringify({ amount: round }));
  const answer = await fetch(`${url}${workspacePath(tenantId)}/triggers/webhooks/${encodeURIComponent(HOOK)}`, {
    method: 'POST',
    headers: {
      ...PATIENT,
      'x-platform-webhook-signature': webhookSignature(secret, bytes),
      'x-platform-webhook-id': `round-${round}`,
    },
    body: bytes,
  });
  return { status: answer.status, headers: {}, body: (await answer.json()) as Readonly<Record<string, unknown>> };
}
