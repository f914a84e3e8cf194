import { topicNames } from '@flowplane/contracts';
import { longOr, SERVICES, startServices, type IsolatedServices, type ServiceName } from '@flowplane/stack';
import { afterEach, describe, expect, it } from 'vitest';
import { makeApiClient, publishFlow, type Caller } from '../driver/api-client.js';
import { waitFlow } from '../driver/definitions.js';
import { engineExecutions } from '../driver/engine.js';
import { startFleetLoad } from '../driver/fleet-load.js';
import { checkLog } from '../driver/log-check.js';
import { readTopic, withLog } from '../driver/log-reader.js';
import { rebuild } from '../driver/rebuild.js';
import { builtRelease } from '../driver/release.js';
import { bothTotals, logOnceRunsEnded } from '../driver/settled-log.js';

type Env = Readonly<Record<string, string>>;

/** Of each state of a deployment, under load. */
const PHASE_MS = longOr(20_000, 120_000);
const TIMEOUT_MS = longOr(600_000, 1_800_000);
const TENANTS: readonly Caller[] = ['ua', 'ub', 'uc'].map((name) => ({ tenantId: name, workspaceId: `${name}-w` }));
const LIMITS = { maxFlows: 1000, maxFlowVersions: 1000, maxConcurrentExecutions: 1000 };
const LIMITS_ENV: Env = {
  FLOWS_QUOTA_MAX_FLOWS: '1000',
  FLOWS_QUOTA_MAX_FLOW_VERSIONS: '1000',
  FLOWS_QUOTA_MAX_CONCURRENT_EXECUTIONS: '1000',
  FLOWS_QUOTA_FLOW_STARTS_PER_MINUTE: '-1',
  FLOWS_QUOTA_COMMAND_RATE: '-1',
  // So that the ends of terms are part of every phase.
  FLOWS_GROUP_SESSION: '3s',
};

const open: IsolatedServices[] = [];
afterEach(async () => {
  // The first one owns the databases, so its own end comes last.
  for (const services of open.splice(0).toReversed()) await services.close();
});
const start = async (options: Parameters<typeof startServices>[0]): Promise<IsolatedServices> => {
  const services = await startServices(options);
  open.push(services);
  return services;
};
const phase = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PHASE_MS));
const stopAll = async (services: IsolatedServices): Promise<void> => {
  for (const name of SERVICES) await services.stop(name);
};
const startAll = (services: IsolatedServices, env: Env = {}): Promise<unknown> =>
  Promise.all(SERVICES.map((name: ServiceName) => services.start(name, env)));

async function prepare(url: string): Promise<void> {
  for (const caller of TENANTS) {
    const client = makeApiClient(url, caller);
    await publishFlow(client, 'quick', waitFlow('PT0S'));
    await publishFlow(client, 'slow', waitFlow('PT2S'));
  }
}

const loadOf = (sets: readonly IsolatedServices[]) =>
  startFleetLoad({
    commandUrls: sets.map(({ urls }) => urls['command-service']),
    readUrls: sets.map(({ urls }) => urls['projection-service']),
    ...{ tenants: TENANTS, lanes: 3, paceMs: 100 },
  });

/** Nothing accepted is without an outcome, every run ends once, tables are as a rebuild makes them, no dead letter. */
async function expectNothingLost(env: Env): Promise<void> {
  const { log, ids } = await logOnceRunsEnded(env);
  expect(checkLog(log, LIMITS)).toEqual([]);
  expect(ids.length).toBeGreaterThan(10);
  const executed = await engineExecutions(env, ids);
  expect(Object.values(executed).filter((times) => times > 1)).toEqual([]);
  const totals = await bothTotals(env, log);
  expect(totals.read).toEqual(totals.log);
  expect(await rebuild(env, '--verify')).toMatchObject({ code: 0, output: expect.stringMatching(/^equal$/m) });
  expect(await deadLettersOf(env)).toEqual([]);
}

/** Who gave up on what. */
const deadLettersOf = (env: Env): Promise<readonly object[]> =>
  withLog(env, async (kafka) => {
    const letters = await readTopic(kafka, topicNames(env['FLOWS_TOPIC_PREFIX'] ?? '').deadLetters, 1);
    return letters.map(({ headers }) => headers);
  });

/** Said by `.ci/run` of a checkout without history; everywhere else a missing commit fails the test. */
const HAS_HISTORY = process.env['FLOWPLANE_WITHOUT_HISTORY'] !== '1';

describe.runIf(HAS_HISTORY)('a deployment', () => {
  it(
    'is upgraded from 0.2 one process after the other and rolled back again, under load',
    { timeout: TIMEOUT_MS },
    async () => {
      const root = await builtRelease('0.2');
      const writeAs = { FLOWS_WRITE_AS: '0.2' };
      const older = await start({ env: LIMITS_ENV, root });
      await prepare(older.urls['command-service']);
      const newer = await start({ env: { ...older.env, ...writeAs }, only: [] });
      const load = loadOf([older, newer]);
      await phase();
      await startAll(newer); // side by side
      await phase();
      await stopAll(older); // upgraded
      await phase();
      await startAll(older); // side by side again, on the way back
      await phase();
      await stopAll(newer); // rolled back
      await phase();
      const served = await load.stop();
      expect(served.filter(({ status }) => status >= 500)).toEqual([]);
      expect(served.length).toBeGreaterThan(50);
      await expectNothingLost(older.env);
    },
  );

  it('of the release before goes forward', { timeout: TIMEOUT_MS }, async () => {
    const root = await builtRelease('0.1');
    const older = await start({ env: LIMITS_ENV, root });
    await prepare(older.urls['command-service']);
    const newer = await start({ env: { ...older.env, FLOWS_WRITE_AS: '0.2' }, only: [] });
    const load = loadOf([older, newer]);
    await phase();
    await startAll(newer);
    await stopAll(older);
    await phase();
    const served = await load.stop();
    expect(served.filter(({ status }) => status >= 500)).toEqual([]);
    await expectNothingLost(newer.env);
  });
});
