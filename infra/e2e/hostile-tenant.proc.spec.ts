import {
  makeQuietTenants,
  readFootprint,
  startHangingServer,
  startHostileTenant,
  type AnswerCounts,
  type HostileTenant,
  type QuietTenants,
} from '@flowplane/bench/tenants';
import { longOr, scrape, startServices, type IsolatedServices } from '@flowplane/stack';
import { makeApiClient, PATIENT } from './driver/api-client.js';
import { afterAll, beforeAll, expect, it } from 'vitest';

const QUIET = Array.from({ length: 3 }, (_, at) => `quiet-${at}`);
/** Of each ordinary tenant: a start, a delivery, a change, a check, a list, and the run until it is over. */
const CALLS = 5;
const ROUNDS = longOr(1, 30);
/** Of each lane of an attack: what has to be done is counted, so that a slow machine only takes longer. */
const STRIKES = longOr(2, 100);
const POOLS = [
  ['command-service', 'definition-checks'],
  ['trigger-service', 'trigger-expressions'],
  ['worker', 'expressions'],
] as const;
/** The hostile tenant has about 40 flows for its attacks. */
const MAX_FLOWS = 60;
const ENV = { FLOWS_DEV_ECHO_TASKS: '1', FLOWS_QUOTA_MAX_FLOWS: String(MAX_FLOWS) };
const TIMEOUT_MS = longOr(900_000, 3_600_000);

type Refused = { readonly code?: string; readonly dimension?: string };

let services: IsolatedServices;
let hanging: Awaited<ReturnType<typeof startHangingServer>>;
let quiet: QuietTenants;
let hostile: HostileTenant;

beforeAll(async () => {
  hanging = await startHangingServer();
  services = await startServices({ env: { ...ENV, FLOWS_HTTP_ALLOW_HOSTS: hanging.hostPort } });
  quiet = await makeQuietTenants(services.url, QUIET);
  hostile = await startHostileTenant(services.url, 'hostile', `http://${hanging.hostPort}`);
}, TIMEOUT_MS);

afterAll(async () => {
  hostile?.close();
  quiet?.close();
  await services?.close();
  hanging?.close();
});

it(
  'ordinary tenants get all they ask for while another one does everything at once',
  { timeout: TIMEOUT_MS },
  async () => {
    hostile.attack(STRIKES);
    const beyond = flowsBeyondQuota('hostile');
    const { surprises, completedRuns } = await quiet.use((round) => round <= ROUNDS);
    const refusedFlows = await beyond;
    const { answers, sentBytes } = await hostile.end();
    const told = JSON.stringify({ surprises, answers });

    // Nobody is refused for what another one does. A busy machine may say so, to be asked again, or let a start go on.
    const [accepted, overloaded] = ['start: 202', '503 OVERLOADED'].map((text) =>
      surprises.filter((one) => one.includes(text)),
    );
    expect(surprises.length, told).toBe((accepted?.length ?? 0) + (overloaded?.length ?? 0));
    expect(overloaded?.length, told).toBeLessThan((QUIET.length * ROUNDS * CALLS) / 2);
    const notFollowed = surprises.filter((one) => one.startsWith('start: ')).length;
    expect(completedRuns, told).toBe(QUIET.length * ROUNDS - notFollowed);
    expect(faultsOf(answers), told).toEqual([]);
    // Both kinds of it were there: what is refused for what it would cost, and what is accepted and takes its time.
    expect(Object.keys(answers['yaml that expands'] ?? {}), told).toContainEqual(expect.stringMatching(/^4(00|13) /));
    expect(Object.keys(answers['hanging-requests'] ?? {}), told).toContain('202');

    // 429s are for who asks beyond a quota, and for nobody else.
    expect(refusedFlows, told).toContain('429 QUOTA_EXCEEDED max_flows');
    expect(
      surprises.filter((one) => one.includes('429')),
      told,
    ).toEqual([]);

    // Every pool that tenants share had work of both.
    for (const [pool, turns] of Object.entries(await turnsOfPools(services))) {
      expect(turns, `${pool}: ${told}`).toBeGreaterThan(0);
    }

    // What is kept of the ordinary ones is what they asked for, and of the hostile one no more than it sent.
    const { tableRows, topicBytes } = await readFootprint(services.env, (tenantId) =>
      QUIET.includes(tenantId) ? 'ordinary' : tenantId,
    );
    const rows = (table: string, group = 'ordinary'): number => tableRows[table]?.[group] ?? 0;
    const bytes = (topic: string, group: string): number => topicBytes[topic]?.[group] ?? 0;
    const lost = overloaded?.length ?? 0;
    expect(rows('tenancy.workspace_owners')).toBe(QUIET.length);
    expect(rows('flows.flow_versions')).toBe(QUIET.length);
    for (const [table, most] of [
      ['flows.executions', 2 * QUIET.length * ROUNDS],
      ['flows.webhook_deliveries', QUIET.length * ROUNDS],
      ['flows.commands', QUIET.length * (2 + 3 * ROUNDS)],
    ] as const) {
      expect(rows(table), `${table}: ${told}`).toBeLessThanOrEqual(most);
      expect(rows(table), `${table}: ${told}`).toBeGreaterThanOrEqual(most - lost);
    }
    expect(rows('flows.flows', 'hostile')).toBeLessThanOrEqual(MAX_FLOWS);
    expect(bytes('flows.commands.v1', 'hostile')).toBeLessThan(sentBytes);
    expect(bytes('flows.events.v1', 'hostile')).toBeLessThan(sentBytes);
    expect(bytes('flows.commands.v1', 'ordinary')).toBeLessThan(QUIET.length * (ROUNDS + 1) * 10_000);
  },
);

/** Makes flows until it is refused. @returns the answers, each once */
async function flowsBeyondQuota(tenantId: string): Promise<readonly string[]> {
  const client = makeApiClient(services.url, { tenantId, workspaceId: `w-${tenantId}` });
  const definition = {};
  const seen = new Set<string>();
  for (let at = 0; at < 2 * MAX_FLOWS; at++) {
    const { status, body } = await client.call<Refused>('POST', '/flows', {
      body: { name: `more ${at}`, definition },
      headers: PATIENT,
    });
    const { code, dimension } = body;
    seen.add([status, code, dimension].filter((part) => part !== undefined).join(' '));
    if (status === 429) break;
  }
  return [...seen];
}

/** Pool that tenants share → how often something left the queue in front of it. */
async function turnsOfPools({ urls }: IsolatedServices): Promise<Readonly<Record<string, number>>> {
  const turns = POOLS.map(async ([service, pool]) => {
    const metrics = await scrape(urls[service]);
    return [pool, metrics.total('flows_queue_wait_seconds_count', { pool })] as const;
  });
  return Object.fromEntries(await Promise.all(turns));
}

/** Answers that say that something is broken: a busy process may say so, with 503. */
function faultsOf(answers: AnswerCounts): readonly string[] {
  return Object.entries(answers).flatMap(([attack, counts]) =>
    Object.keys(counts)
      .filter((answer) => answer.startsWith('5') && !answer.startsWith('503'))
      .map((answer) => `${attack}: ${answer}`),
  );
}
