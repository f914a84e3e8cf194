import { readFile } from 'node:fs/promises';
import { startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeApiClient, publishFlow, type ApiClient } from './driver/api-client.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { chainFlow } from './driver/definitions.js';
import { engineExecutions } from './driver/engine.js';
import { checkLog } from './driver/log-check.js';
import { acceptRuns, allClosed, endings, reportsOf, type NamedRun } from './driver/runs.js';
import { bothTotals, settledLog } from './driver/settled-log.js';

const TASKS = ['n1', 'n2'];
const CLOSE_TIMEOUT_MS = 60_000;

let called: CalledServer;
let services: IsolatedServices;
let client: ApiClient;

beforeAll(async () => {
  called = await startCalledServer();
  services = await startServices({ env: { FLOWS_QUOTAS: 'off', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort } });
  client = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main' });
  await publishFlow(client, 'chain', chainFlow(called.url, TASKS.length));
});

afterAll(async () => {
  await services?.close();
  await called?.close();
});

/** One execution in the engine, one report of its start and one of its end, and every task called once. */
async function expectOnce(runs: readonly NamedRun[]): Promise<void> {
  const closed = await allClosed(client, 'chain', runs, CLOSE_TIMEOUT_MS);
  expect(endings(closed)).toEqual(runs.map(() => 'Completed'));
  const ids = runs.map(({ executionId }) => executionId);
  expect(await engineExecutions(services.env, ids)).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
  const log = await settledLog(services.env);
  expect(checkLog(log, {})).toEqual([]);
  expect(reportsOf(log, runs)).toEqual(Object.fromEntries(runs.map(({ name }) => [name, '1/1'])));
  const paths = runs.flatMap(({ name }) => TASKS.map((task) => `/${name}/${task}`));
  expect(Object.fromEntries(paths.map((path) => [path, called.calls.get(path)]))).toEqual(
    Object.fromEntries(paths.map((path) => [path, 1])),
  );
  const totals = await bothTotals(services.env, log);
  expect(totals.read).toEqual(totals.log);
}

it.each(['executor-after-start-exit', 'executor-before-close-report-exit', 'executor-after-close-report-exit'])(
  '%s: one run each, reported once',
  async (faultPoint) => {
    await services.stop('executor');
    await services.start('executor', { FLOWS_FAULT_POINT: faultPoint });
    const names = Array.from({ length: 5 }, (_, index) => `${faultPoint}-${index}`);
    const runs = await acceptRuns(client, 'chain', names);
    const crashed = async () =>
      (await readFile(services.logOf('executor'), 'utf8')).includes(`fault point ${faultPoint}`);
    await waitUntil('the executor at its fault point', crashed, { timeoutMs: 30_000, everyMs: 50 });
    await services.stop('executor');
    await services.start('executor');
    await expectOnce(runs);
  },
);

it('killed three times under load: one run each, reported once', async () => {
  const names = Array.from({ length: 60 }, (_, index) => `load-${index}`);
  const accepting = acceptRuns(client, 'chain', names, { concurrency: 4, paceMs: 150 });
  for (let kills = 0; kills < 3; kills += 1) {
    await new Promise((resolve) => setTimeout(resolve, 600));
    await services.restarted('executor', services.kill('executor'));
  }
  await expectOnce(await accepting);
});
