import {
  endpointsOf,
  longOr,
  startBrokerCluster,
  startServices,
  type BrokerCluster,
  type IsolatedServices,
} from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MIX_ENV, MIX_LIMITS, prepareTenants, startMix } from './driver/command-mix.js';
import { checkLog } from './driver/log-check.js';
import { acceptedEvents } from './driver/log-reader.js';
import { bothTotals, settledLog } from './driver/settled-log.js';

/** Every broker leads a third of the partitions, so each kill takes leaders away. */
const KILLS = longOr(2, 10);
const BROKERS = 3;
const BETWEEN_KILLS_MS = 5_000;

let cluster: BrokerCluster;
let services: IsolatedServices;
let second: IsolatedServices;

beforeAll(async () => {
  cluster = await startBrokerCluster(BROKERS);
  const endpoints = { ...endpointsOf(process.env), kafkaBrokers: cluster.brokers };
  const env = { ...MIX_ENV, FLOWS_REPLICATION_FACTOR: '3' };
  services = await startServices({ endpoints, env, only: ['command-service', 'projection-service'] });
  second = await startServices({ endpoints, env: services.env, only: ['command-service'] });
});

afterAll(async () => {
  await second?.close();
  await services?.close();
  await cluster?.close();
});

it('a broker that leads is killed again and again under load: no accepted command is lost', async () => {
  const urls = [services.urls['command-service'], second.urls['command-service']];
  const tenants = await prepareTenants(urls[0] as string, ['ka', 'kb', 'kc', 'kd']);
  const mix = startMix(urls, { tenants, count: 100_000, concurrency: 20, paceMs: 100, timeoutMs: 8_000 });
  for (let kill = 0; kill < KILLS; kill += 1) {
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_KILLS_MS));
    await cluster.killAndRestart(kill % BROKERS);
  }
  await new Promise((resolve) => setTimeout(resolve, BETWEEN_KILLS_MS));
  mix.stop();
  const answers = await mix.done;
  const log = await settledLog(services.env, 60_000);
  expect(checkLog(log, MIX_LIMITS)).toEqual([]);

  const accepted = answers.filter(({ status }) => status < 300);
  expect(accepted.length).toBeGreaterThan(20 * KILLS);
  const decided = new Set(acceptedEvents(log).map(({ event }) => event.meta.idempotency?.key));
  expect(accepted.filter(({ idempotencyKey }) => !decided.has(idempotencyKey))).toEqual([]);
  const totals = await bothTotals(services.env, log);
  expect(totals.read).toEqual(totals.log);

  const times = log.commands.map(({ command }) => command.meta.submittedAt).toSorted((a, b) => a - b);
  const gaps = times.slice(1).map((time, index) => time - (times[index] as number));
  const repeated = answers.filter(({ attempts }) => attempts > 1).length;
  process.stdout.write(
    `${KILLS} kills: ${accepted.length} commands accepted, ${repeated} of them sent more than once; ` +
      `longest time in which none was accepted: ${Math.max(...gaps)} ms\n`,
  );
});
