import { endpointsOf, startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closedRun, expectStatus, makeApiClient, PATIENT, publishFlow } from './driver/api-client.js';
import { waitFlow } from './driver/definitions.js';
import { startPostgresProxy, type PostgresProxy } from './driver/postgres-proxy.js';
import { readinessOf } from './driver/readiness.js';

let proxy: PostgresProxy;
let services: IsolatedServices;

beforeAll(async () => {
  const endpoints = endpointsOf(process.env);
  proxy = await startPostgresProxy(endpoints.dbUrl);
  services = await startServices({ endpoints: { ...endpoints, dbUrl: proxy.urlOf(endpoints.dbUrl) } });
});
afterAll(async () => {
  proxy?.release();
  await services?.close();
  await proxy?.close();
});

/** A server is given 2 s; the gateway asks the others first, and the machine may be busy. */
const ANSWERED_MS = 6000;
/** Beyond the wait for a connection, and the look at those that listen. */
const HANGING_MS = 15_000;

it('a PostgreSQL that takes connections and never answers is missing, in bounded time, and nobody has to be restarted', async () => {
  const readiness = readinessOf(services);
  const client = makeApiClient(services.url, { tenantId: 'T', workspaceId: 'W' });
  await publishFlow(client, 'f', waitFlow('PT0S'));
  await readiness.untilEveryone('200');
  const before = readiness.pids();

  proxy.hold();
  const since = Date.now();
  while (Date.now() - since < HANGING_MS) {
    const asked = Date.now();
    expect(await readiness.answers()).toEqual(readiness.everyone('503 store'));
    expect(Date.now() - asked).toBeLessThan(ANSWERED_MS);
    expect(await readiness.health()).toEqual(readiness.everyone(200));
  }
  proxy.release();

  await readiness.untilEveryone('200');
  expect(readiness.pids()).toEqual(before);
  const started = await client.call<{ executionId: string }>('POST', '/flows/f/executions', {
    ...{ body: {}, headers: PATIENT },
  });
  const { executionId } = expectStatus(started, 201);
  expect((await closedRun(client, 'f', executionId)).status).toBe('Completed');
});
