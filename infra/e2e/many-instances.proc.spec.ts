import { longOr } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeApiClient, publishFlow, type Caller } from './driver/api-client.js';
import { waitFlow } from './driver/definitions.js';
import { engineExecutions } from './driver/engine.js';
import { startFleetLoad, type Served } from './driver/fleet-load.js';
import { startFleet, type Fleet, type FleetKind } from './driver/fleet.js';
import { checkLog } from './driver/log-check.js';
import { acceptedEvents, type WholeLog } from './driver/log-reader.js';
import { rebuild } from './driver/rebuild.js';
import { bothTotals, logOnceRunsEnded } from './driver/settled-log.js';

const LIMITS = { maxFlows: 12, maxFlowVersions: 8, maxConcurrentExecutions: 5 } as const;
const TENANTS: readonly Caller[] = ['ia', 'ib', 'ic', 'id'].map((name) => ({
  tenantId: name,
  workspaceId: `${name}-w`,
}));
/** Which instance of which kind is killed, one after the other; in the long form every kind twice. */
const KILLS: readonly (readonly [FleetKind, number])[] = (
  [
    ['command-service', 0],
    ['projection-service', 1],
    ['executor', 2],
    ['command-service', 1],
    ['projection-service', 0],
    ['executor', 0],
  ] as const
).slice(0, longOr(3, 6));
const LOAD_BETWEEN_KILLS_MS = 2_000;

let fleet: Fleet;
let served: readonly Served[];
let log: WholeLog;

beforeAll(async () => {
  const env = {
    FLOWS_QUOTA_MAX_FLOWS: String(LIMITS.maxFlows),
    FLOWS_QUOTA_MAX_FLOW_VERSIONS: String(LIMITS.maxFlowVersions),
    FLOWS_QUOTA_MAX_CONCURRENT_EXECUTIONS: String(LIMITS.maxConcurrentExecutions),
    FLOWS_QUOTA_FLOW_STARTS_PER_MINUTE: '-1',
    FLOWS_QUOTA_COMMAND_RATE: '-1',
  };
  fleet = await startFleet(env, { worker: true });
  for (const caller of TENANTS) {
    const client = makeApiClient(fleet.urlsOf('command-service')[0] as string, caller);
    await publishFlow(client, 'quick', waitFlow('PT0S'));
    await publishFlow(client, 'slow', waitFlow('PT2S'));
  }
});

afterAll(async () => {
  await fleet?.close();
});

it('serves several tenants while one instance after the other is killed', async () => {
  const load = startFleetLoad({
    commandUrls: fleet.urlsOf('command-service'),
    readUrls: fleet.urlsOf('projection-service'),
    tenants: TENANTS,
    lanes: 24,
    paceMs: 100,
  });
  const pause = () => new Promise((resolve) => setTimeout(resolve, LOAD_BETWEEN_KILLS_MS));
  for (const [kind, place] of KILLS) {
    await pause();
    const services = fleet.of(kind)[place];
    if (services === undefined) throw new Error(`there is no ${kind} ${place}`);
    await services.restarted(kind, services.kill(kind));
  }
  await pause();
  served = await load.stop();
  expect(new Set(served.map(({ what }) => what))).toEqual(
    new Set(['create', 'patch', 'publish', 'start', 'cancel', 'read']),
  );
});

it('of which clients see one retry at most', () => {
  const repeated = served.filter(({ repeatedBecause }) => repeatedBecause.length > 0);
  expect(repeated.length).toBeGreaterThan(0);
  expect(repeated.filter(({ repeatedBecause }) => repeatedBecause.length > 1)).toEqual([]);
  expect(served.filter(({ status }) => status >= 500)).toEqual([]);
});

it('all runs end, each executed once', async () => {
  const ended = await logOnceRunsEnded(fleet.env);
  ({ log } = ended);
  const closed = acceptedEvents(log).flatMap(({ event }) => (event.type === 'ExecutionClosed' ? [event.data] : []));
  expect(closed).toHaveLength(ended.ids.length);
  expect(closed.filter(({ status }) => status !== 'Completed' && status !== 'Canceled')).toEqual([]);
  const executed = await engineExecutions(fleet.env, ended.ids);
  // One that was cancelled while it was pending need not have begun.
  expect(Object.values(executed).filter((times) => times > 1)).toEqual([]);
});

it('every command has one outcome, and the client got it; quotas are exact at every offset', () => {
  expect(checkLog(log, LIMITS)).toEqual([]);
  const effects = new Map<string, number>();
  const dimensions = new Set<string>();
  for (const { event } of acceptedEvents(log)) {
    if (event.type === 'CommandRejected') dimensions.add(event.data.problem.dimension ?? '');
    const key = event.meta.idempotency?.key;
    if (key === undefined || event.type === 'CommandRejected' || event.type === 'CommandStale') continue;
    if (event.type !== 'CommandAcknowledged') effects.set(key, (effects.get(key) ?? 0) + 1);
  }
  expect([...dimensions]).toEqual(
    expect.arrayContaining(['max_flows', 'max_flow_versions', 'max_concurrent_executions']),
  );
  const commands = served.filter(({ key }) => key !== '');
  const answered = ({ what, status }: Served): number => (status < 300 && what !== 'cancel' ? 1 : 0);
  expect(commands.filter((one) => one.what !== 'cancel' && (effects.get(one.key) ?? 0) !== answered(one))).toEqual([]);
});

it('the read models are as the log says, and as a rebuild makes them', async () => {
  const totals = await bothTotals(fleet.env, log);
  expect(totals.read).toEqual(totals.log);
  expect(await rebuild(fleet.env, '--verify')).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^equal$/m),
  });
});
