import {
  makeQuietTenants,
  readFootprint,
  startHangingServer,
  startHostileTenant,
  type AnswerCounts,
  type HostileTenant,
  type QuietTenants,
} from '@flowplane/bench/tenants';
import { longOr, startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';

const QUIET = Array.from({ length: 3 }, (_, at) => `quiet-${at}`);
/** Of each ordinary tenant: a start, a delivery, a change, a check, a list, and the run until it is over. */
const CALLS = 5;
const ROUNDS = longOr(1, 30);
/** Of each lane of an attack: what has to be done is counted, so that a slow machine only takes longer. */
const STRIKES = longOr(2, 100);
const TIMEOUT_MS = longOr(900_000, 3_600_000);

let services: IsolatedServices;
let hanging: Awaited<ReturnType<typeof startHangingServer>>;
let quiet: QuietTenants;
let hostile: HostileTenant;

beforeAll(async () => {
  hanging = await startHangingServer();
  services = await startServices({ env: { FLOWS_DEV_ECHO_TASKS: '1', FLOWS_HTTP_ALLOW_HOSTS: hanging.hostPort } });
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
    const { surprises, completedRuns } = await quiet.use((round) => round <= ROUNDS);
    const answers = await hostile.end();
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
    const { tableRows } = await readFootprint(services.env, (tenantId) =>
      QUIET.includes(tenantId) ? 'ordinary' : tenantId,
    );
    expect(tableRows['tenancy.workspace_owners']?.['ordinary']).toBe(QUIET.length);
    expect(tableRows['flows.executions']?.['ordinary']).toBeGreaterThanOrEqual(completedRuns);
  },
);

/** Answers that say that something is broken: a busy process may say so, with 503. */
function faultsOf(answers: AnswerCounts): readonly string[] {
  return Object.entries(answers).flatMap(([attack, counts]) =>
    Object.keys(counts)
      .filter((answer) => answer.startsWith('5') && !answer.startsWith('503'))
      .map((answer) => `${attack}: ${answer}`),
  );
}
