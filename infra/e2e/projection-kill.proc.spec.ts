import { startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectStatus, makeApiClient, publishFlow, runPath, type ApiClient } from './driver/api-client.js';
import type { FlowBody, ListBody, QuotaItem, RunItem } from './driver/api-types.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { prepareTenants, startMix } from './driver/command-mix.js';
import { chainFlow } from './driver/definitions.js';
import { takeStream } from './driver/event-stream.js';
import { checkLog } from './driver/log-check.js';
import { readLog } from './driver/log-reader.js';
import { isProjected, withDatabase } from './driver/log-totals.js';
import { rebuild as rebuildWith, type Rebuilt } from './driver/rebuild.js';
import { acceptRuns, allClosed, type NamedRun } from './driver/runs.js';
import { bothTotals, settledLog } from './driver/settled-log.js';

const KILLS = 3;

let called: CalledServer;
let services: IsolatedServices;
let client: ApiClient;
let runs: readonly NamedRun[];

beforeAll(async () => {
  called = await startCalledServer();
  services = await startServices({ env: { FLOWS_QUOTAS: 'off', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort } });
  client = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main' });
  await publishFlow(client, 'chain', chainFlow(called.url, 2));
});

afterAll(async () => {
  await services?.close();
  await called?.close();
});

const rebuild = (...args: readonly string[]): Promise<Rebuilt> => rebuildWith(services.env, ...args);

const inReadModels = <T>(work: Parameters<typeof withDatabase<T>>[1]) =>
  withDatabase<T>(services.env['FLOWS_DB_URL'], work);

/** Everything that the read routes tell: lists, details, audit, streams. */
async function everythingReadable(): Promise<Readonly<Record<string, unknown>>> {
  const answers: Record<string, unknown> = {};
  const keep = async <Body>(path: string): Promise<Body> => {
    const body = expectStatus(await client.call<Body>('GET', path), 200);
    answers[path] = body;
    return body;
  };
  for (const { flowId } of (await keep<ListBody<FlowBody>>('/flows')).items) {
    await keep(`/flows/${flowId}`);
    await keep(`/flows/${flowId}/versions`);
    await keep(`/flows/${flowId}/versions/1`);
    const listed = await keep<ListBody<RunItem>>(`/flows/${flowId}/executions?page[size]=200`);
    for (const { executionId } of listed.items) await keep(runPath(flowId, executionId));
  }
  await keep('/audit?page[size]=200');
  const quotas = expectStatus(await client.call<ListBody<QuotaItem>>('GET', '/quotas'), 200);
  // What was started in the last minute is another number a moment later.
  answers['/quotas'] = quotas.items.map((item) => (item.dimension.endsWith('_per_minute') ? item.dimension : item));
  for (const { executionId } of runs.slice(0, 10)) {
    answers[`stream of ${executionId}`] = (await takeStream(client, executionId)).frames;
  }
  return answers;
}

async function projectedAll(): Promise<void> {
  const log = await readLog(services.env);
  await inReadModels((pool) =>
    waitUntil('the control projection', () => isProjected(pool, log), { timeoutMs: 60_000, everyMs: 100 }),
  );
}

it('killed in the middle of batches, several times: the read models are as the log says', async () => {
  const tenants = await prepareTenants(services.url, ['pa', 'pb', 'pc', 'pd']);
  const names = Array.from({ length: 24 }, (_, index) => `run-${index}`);
  const accepting = acceptRuns(client, 'chain', names, { concurrency: 4, paceMs: 100 });
  const mix = startMix([services.url], { tenants, count: 480, concurrency: 60, paceMs: 60 });
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await mix.reached(kill * 120);
    await services.restarted('projection-service', services.kill('projection-service'));
  }
  await mix.done;
  runs = await accepting;
  await allClosed(client, 'chain', runs, 90_000);
  const log = await settledLog(services.env);
  expect(checkLog(log, {})).toEqual([]);
  const totals = await bothTotals(services.env, log);
  expect(totals.read).toEqual(totals.log);
});

it('a rebuilt copy equals the live read models, row by row; a planted difference is found', async () => {
  const verified = await rebuild('--verify');
  expect(verified).toMatchObject({ code: 0, output: expect.stringMatching(/^equal$/m) });

  const [run] = runs;
  const plant = (status: string) =>
    inReadModels((pool) =>
      pool.query('UPDATE flows.executions SET status = $1 WHERE execution_id = $2', [status, run?.executionId]),
    );
  await plant('Failed');
  const different = await rebuild('--verify');
  expect(different).toMatchObject({ code: 1, output: expect.stringMatching(/^executions .*differing 1$/m) });
  expect(different.output).toContain(run?.executionId);
  await plant('Completed');
});

it('a rebuilt copy takes the place of the live one while readers and writers go on', async () => {
  const before = await everythingReadable();
  const switched = await rebuild('--verify', '--switch');
  expect(switched).toMatchObject({ code: 0 });
  expect(await everythingReadable()).toEqual(before);
  const [late] = await acceptRuns(client, 'chain', ['after-the-switch']);
  expect(await allClosed(client, 'chain', [late as NamedRun], 30_000)).toMatchObject([{ status: 'Completed' }]);
});

it('dropping the read models and rebuilding them from the log changes nothing that can be read', async () => {
  const before = await everythingReadable();
  await services.stop('projection-service');
  expect((await rebuild('--drop-live')).code).toBe(0);
  await services.start('projection-service');
  await projectedAll();
  expect(await everythingReadable()).toEqual(before);
  expect(await rebuild('--verify')).toMatchObject({ code: 0 });
});
