import { startServices, startStack, waitUntil, type IsolatedServices, type IsolatedStack } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  closedRun,
  expectStatus,
  makeApiClient,
  publishFlow,
  runPath,
  startRun,
  type ApiClient,
} from './driver/api-client.js';
import type { ExecutionBody, ListBody, PendingBody, RunItem } from './driver/api-types.js';
import { approvalsFlow, signalRun } from './driver/approvals.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { chainFlow } from './driver/definitions.js';
import { checkLog } from './driver/log-check.js';
import { acceptRuns, allClosed, endings, reportsOf, type NamedRun } from './driver/runs.js';
import { bothTotals, settledLog } from './driver/settled-log.js';

const CLOSE_TIMEOUT_MS = 120_000;
const RETRY_POLICY = { initialInterval: 'PT0.2S' };

let called: CalledServer;
/** Of its own, since this file stops and kills its parts. */
let stack: IsolatedStack;
let services: IsolatedServices;
let client: ApiClient;

beforeAll(async () => {
  called = await startCalledServer();
  stack = await startStack();
  services = await startServices({
    endpoints: stack.endpoints,
    env: { FLOWS_QUOTAS: 'off', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort },
  });
  client = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main' });
  await publishFlow(client, 'chain', chainFlow(called.url, 3, RETRY_POLICY));
  await publishFlow(client, 'review', approvalsFlow([{ id: 'review' }]));
  await startRun(client, 'chain', { run: 'before' });
});

afterAll(async () => {
  await services?.close();
  await stack?.close();
  await called?.close();
});

const namesOf = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

/** Every accepted run completed, was begun and ended once, and called each of its tasks. */
async function expectAllComplete(runs: readonly NamedRun[]): Promise<void> {
  const closed = await allClosed(client, 'chain', runs, CLOSE_TIMEOUT_MS);
  expect(endings(closed)).toEqual(runs.map(() => 'Completed'));
  const log = await settledLog(services.env);
  expect(checkLog(log, {})).toEqual([]);
  expect(reportsOf(log, runs)).toEqual(Object.fromEntries(runs.map(({ name }) => [name, '1/1'])));
  const totals = await bothTotals(services.env, log);
  expect(totals.read).toEqual(totals.log);
}

it('engine stopped: 50 starts are accepted and stay Pending, and all complete when it is back', async () => {
  const parked = await startRun(client, 'review');
  await stack.stop('temporal');
  const startedAt = Date.now();
  const runs = await acceptRuns(client, 'chain', namesOf('outage', 50));
  expect(Date.now() - startedAt).toBeLessThan(20_000);
  // One that is waited for is accepted as well, and says so when the wait is over.
  const waited = await client.call<PendingBody>('POST', '/flows/chain/executions', {
    headers: { prefer: 'wait=1' },
    body: { input: { run: 'waited' } },
  });
  const { executionId } = expectStatus(waited, 202);
  const listed = async () => {
    const list = await client.call<ListBody<RunItem>>('GET', '/flows/chain/executions?status=Pending');
    return expectStatus(list, 200).items.length;
  };
  await waitUntil('51 pending runs', async () => (await listed()) === 51, { timeoutMs: 10_000, everyMs: 100 });
  const ready = await fetch(`${services.url}/readyz`);
  expect(ready.status).toBe(200);

  const path = runPath('chain', executionId as string);
  expectStatus(await client.call('POST', `${path}/cancellations`), 202);
  const cancelled = expectStatus(await client.call<ExecutionBody>('GET', path), 200);
  expect(cancelled).toMatchObject({ status: 'Canceled', startedAt: null });
  expect(await listed()).toBe(50);

  // A signal is delivered then.
  expectStatus(await signalRun(client, 'review', parked.executionId, 'review', { approved: true }), 202);

  await stack.start('temporal');
  const reviewed = await closedRun(client, 'review', parked.executionId, CLOSE_TIMEOUT_MS);
  expect(reviewed.result?.state).toMatchObject({ review: { approved: true } });
  await expectAllComplete(runs);
  expect(called.calls.get('/waited/n1')).toBeUndefined();
});

it.each(['postgres', 'kafka'] as const)('%s killed while idle: everything comes back by itself', async (part) => {
  await stack.restarted(part, stack.kill(part));
  const runs = await acceptRuns(client, 'chain', [`idle-${part}`]);
  expect(await allClosed(client, 'chain', runs, CLOSE_TIMEOUT_MS)).toMatchObject([{ status: 'Completed' }]);
});

it.each(['postgres', 'kafka'] as const)('%s killed under light load: nothing accepted is lost', async (part) => {
  const accepting = acceptRuns(client, 'chain', namesOf(`light-${part}`, 30), { concurrency: 3, paceMs: 200 });
  await waitUntil('the load', async () => called.calls.has(`/light-${part}-3/n1`), { timeoutMs: 30_000, everyMs: 20 });
  await stack.restarted(part, stack.kill(part));
  await expectAllComplete(await accepting);
});
