import { readFile } from 'node:fs/promises';
import { longOr, startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { topicNames } from '@flowplane/contracts';
import { endOffsets } from '@flowplane/plumbing/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  closedRun,
  expectStatus,
  makeApiClient,
  publishFlow,
  readRun,
  send,
  startRun,
  type ApiClient,
} from './driver/api-client.js';
import type { Problem } from './driver/api-types.js';
import { approvalsFlow, signalRun } from './driver/approvals.js';
import { waitFlow } from './driver/definitions.js';
import { inParallel } from './driver/load.js';
import { acceptedEvents, partitionsOf, readLog, withLog } from './driver/log-reader.js';
import { putSecrets } from './driver/secrets.js';
import { engineRemainsOf, hashesOf, makeSchedule, storedOf } from './driver/tenant-remains.js';
import { openTemplateRuns, type TemplateRuns } from './driver/template-runs.js';

type Report = {
  readonly status: string;
  readonly resource_results: readonly {
    readonly resource_type: string;
    readonly resource_id: string;
    readonly action: string;
    readonly message: string;
  }[];
  readonly counts: { readonly removed: number; readonly skipped: number; readonly errors: number };
  readonly message: string | null;
};

const OPERATOR = { 'x-tenant-id': 'platform', 'x-auth-subject': 'root', 'x-actor-roles': 'platform_admin' };
const OPEN_RUNS = longOr(20, 50);
const CLOSED_RUNS = 3;
const SCHEDULES = 2;
const LARGE = 'x'.repeat(4000);
/** Rows that outlive a tenant: the proof of its teardown. */
const KEPT = ['command.teardowns'];
const TENANTS = { plain: 'tenant-plain', killed: 'tenant-killed', other: 'tenant-other' } as const;

let services: IsolatedServices;
let templates: TemplateRuns;

const clientOf = (tenantId: string): ApiClient =>
  makeApiClient(services.url, { tenantId, workspaceId: `${tenantId}-w` });
const teardown = (tenantId: string, query = '', prefer = 'wait=60') =>
  send<Report & Problem>(`${services.url}/v1/internal/flows/tenants/${tenantId}/teardown${query}`, 'POST', {
    headers: { ...OPERATOR, prefer },
    timeoutMs: 90_000,
  });

/** Asks until the report is there: a teardown may take longer than one request waits, and services are being killed. */
async function reportOf(tenantId: string): Promise<Report> {
  for (;;) {
    const answer = await teardown(tenantId).catch(() => undefined);
    if (answer?.status === 200) return answer.body;
    expect([undefined, 202, 500, 503]).toContain(answer?.status);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Open runs that wait and that ask, closed ones with large values, schedules, keys, secrets and a template under way. */
async function fill(tenantId: string): Promise<void> {
  const client = clientOf(tenantId);
  await publishFlow(client, 'waits', waitFlow('PT1H'));
  await publishFlow(client, 'asks', approvalsFlow([{ id: 'review' }]));
  await publishFlow(client, 'ends', waitFlow('PT0S'));
  await inParallel(OPEN_RUNS, 5, (index) => startRun(client, index % 2 === 0 ? 'waits' : 'asks', { index }));
  const closed = await inParallel(CLOSED_RUNS, 3, (index) => startRun(client, 'ends', { text: `${LARGE}${index}` }));
  for (const { executionId } of closed) await closedRun(client, 'ends', executionId);
  for (let index = 0; index < SCHEDULES; index++) {
    await makeSchedule(services.env, `${tenantId}:${tenantId}-w:flow-${index}`);
  }
  for (const type of ['anon', 'service']) {
    const path = `/v1/internal/flows/workspaces/${tenantId}-w/api-keys`;
    expectStatus(await send(services.url + path, 'POST', { headers: OPERATOR, body: { type } }), 201);
  }
  await putSecrets(services.env, tenantId, ['a password', 'another']);
  const waits = [{ id: 'waits', type: 'noop', user_inputs: { delay: '1h' } }];
  const template = await templates.create(tenantId, waits);
  await templates.provision(template);
  const isRunning = async (): Promise<boolean> => (await templates.stateOf(template))?.progress === 'IN_PROGRESS';
  await waitUntil('the provisioning', isRunning, { timeoutMs: 60_000, everyMs: 100 });
}

beforeAll(async () => {
  const env = { FLOWS_QUOTAS: 'off', FLOWS_PAYLOAD_INLINE_MAX_BYTES: '1000', FLOWS_SNAPSHOT_INTERVAL: '500ms' };
  services = await startServices({ env });
  templates = await openTemplateRuns(services);
  for (const tenantId of Object.values(TENANTS)) await fill(tenantId);
  await settled();
});
afterAll(async () => {
  await templates?.close();
  await services?.close();
});

const messagesOf = (report: Report): Readonly<Record<string, string>> =>
  Object.fromEntries(
    report.resource_results.map(({ resource_type, action, message }) => [resource_type, `${action}: ${message}`]),
  );
const found = (removed: string): Readonly<Record<string, string>> => ({
  executions: `${removed}: ${OPEN_RUNS + 1} execution(s) terminated`,
  flow_versions: `${removed}: 3 row(s) removed`,
  flow_definitions: `${removed}: 3 row(s) removed`,
});

async function expectNothingLeft(tenantId: string): Promise<void> {
  await waitUntil(
    `nothing of ${tenantId} in any table`,
    async () => Object.keys(await storedOf(services.env, tenantId)).every((table) => KEPT.includes(table)),
    { timeoutMs: 30_000, everyMs: 500 },
  ).catch(async (cause: unknown) => {
    const left = await storedOf(services.env, tenantId);
    expect(Object.fromEntries(Object.entries(left).filter(([table]) => !KEPT.includes(table)))).toEqual({});
    throw cause;
  });
  expect(await engineRemainsOf(services.env, tenantId)).toEqual([]);
}

const logEnds = (): Promise<unknown> =>
  withLog(services.env, async (kafka) => {
    const partitions = Array.from({ length: partitionsOf(services.env) }, (_, partition) => partition);
    const topics = topicNames(services.env['FLOWS_TOPIC_PREFIX'] ?? '');
    const ends = [topics.commands, topics.events, topics.runs].map((topic) => endOffsets(kafka, topic, partitions));
    return (await Promise.all(ends)).map((of) => [...of]);
  });

/** What changes without anybody asking: when a snapshot was written, who leads the sweep. */
const RESTLESS = ['executor.sweeps', 'executor.positions', 'command.snapshot_partitions', 'command.snapshot_tenants'];
const quiet = (hashes: Readonly<Record<string, string>>): unknown =>
  Object.fromEntries(Object.entries(hashes).filter(([table]) => !RESTLESS.includes(table)));

/** Waits until what was started is in the tables: two looks a second apart see the same. */
async function settled(): Promise<void> {
  let before = '';
  await waitUntil(
    'the tables to come to rest',
    async () => {
      const now = JSON.stringify(quiet(await hashesOf(services.env)));
      const same = now === before;
      before = now;
      return same;
    },
    { timeoutMs: 60_000, everyMs: 1000 },
  );
}

let plain: Report;

describe('teardown of a tenant', () => {
  it('is for operators only, and of a tenant id', async () => {
    const asAdmin = await send<Problem>(`${services.url}/v1/internal/flows/tenants/x/teardown`, 'POST', {
      headers: clientOf(TENANTS.other).headers,
    });
    expect([asAdmin.status, asAdmin.body.code]).toEqual([403, 'FORBIDDEN']);
    const malformed = await teardown('a:b');
    expect([malformed.status, malformed.body.code]).toEqual([400, 'INVALID_WORKSPACE_ID']);
    expect((await teardown(TENANTS.plain, '?dryRun=yes')).status).toBe(400);
  });

  it('dry: tells what is there and changes nothing at all', async () => {
    const before = { rows: quiet(await hashesOf(services.env)), log: await logEnds() };
    const report = expectStatus(await teardown(TENANTS.plain, '?dryRun=true'), 200);
    expect({ rows: quiet(await hashesOf(services.env)), log: await logEnds() }).toEqual(before);
    expect(report.status).toBe('would_apply');
    expect(messagesOf(report)).toMatchObject({
      ...found('would_remove'),
      templates: 'would_remove: 1 row(s) removed',
    });
  });

  it('removes everything, for two callers once, and touches nobody else', async () => {
    const others = await storedOf(services.env, TENANTS.other);
    expect(Object.keys(others)).toEqual(expect.arrayContaining(['secrets.data_keys', 'secrets.sealed']));
    const first = reportOf(TENANTS.plain);
    const [one, two] = await Promise.all([first, reportOf(TENANTS.plain)]);
    plain = one;
    expect(plain).toMatchObject({ status: 'applied', counts: { errors: 0 }, message: null });
    expect(messagesOf(plain)).toMatchObject({
      ...found('removed'),
      flow_schedules: `removed: ${SCHEDULES} row(s) removed`,
      templates: 'removed: 1 row(s) removed',
      template_states: 'skipped: there is no such store',
    });
    // The second joined the first, or found an empty tenant when that was over.
    expect([plain.counts.removed, 0]).toContain(two.counts.removed);
    await expectNothingLeft(TENANTS.plain);
    const now = await storedOf(services.env, TENANTS.other);
    for (const table of RESTLESS) expect(Object.keys(now).includes(table)).toBe(Object.keys(others).includes(table));
    const steady = (rows: typeof now) =>
      Object.fromEntries(Object.entries(rows).filter(([t]) => !RESTLESS.includes(t)));
    expect(steady(now)).toEqual(steady(others));
    const events = acceptedEvents(await readLog(services.env)).map(({ event }) => event);
    // Its provisioning has said that it is over.
    const ended = events.filter(({ type, meta }) => type === 'ProvisioningFinished' && meta.tenantId === TENANTS.plain);
    expect(ended).toMatchObject([{ data: { status: 'FAILED', next: null } }]);
    const log = events.filter(({ type }) => type === 'TenantPurged');
    expect(log[0]?.meta).toMatchObject({ tenantId: TENANTS.plain, actorId: 'root' });
  });

  it('of an empty tenant says so', async () => {
    const report = await reportOf(TENANTS.plain);
    expect(report).toMatchObject({ status: 'applied', counts: { removed: 0, errors: 0 } });
  });

  it('killed half-way and taken up again comes to the same report', async () => {
    const restart = async (name: 'executor' | 'command-service', env: Record<string, string>): Promise<void> => {
      await services.stop(name);
      await services.start(name, env);
    };
    await restart('executor', { FLOWS_FAULT_POINT: 'executor-drain-runs-exit' });
    await restart('command-service', { FLOWS_TEARDOWN_FAULT_POINT: 'removed' });
    const asked = teardown(TENANTS.killed).catch(() => undefined);
    const crashed = async () =>
      (await readFile(services.logOf('executor'), 'utf8')).includes('executor-drain-runs-exit');
    await waitUntil('the executor at its fault point', crashed, { timeoutMs: 120_000, everyMs: 50 });
    const oldPid = services.kill('projection-service');
    await restart('executor', {});
    await services.restarted('projection-service', oldPid);
    // Command-service ends when rows outside the log are gone; the fence is what is left.
    expect((await asked)?.status ?? 500).toBeGreaterThanOrEqual(202);
    await restart('command-service', {});
    const report = await reportOf(TENANTS.killed);
    const comparable = (of: Report): unknown =>
      JSON.parse(
        JSON.stringify(of)
          .replaceAll(/tenant-(plain|killed)/g, 'T')
          .replaceAll(/until [-\d]{10}/g, 'until'),
      );
    expect(comparable(report)).toEqual(comparable(plain));
    await expectNothingLeft(TENANTS.killed);
  });

  it('leaves the other tenant’s runs going, and lets a purged one start again', async () => {
    const other = clientOf(TENANTS.other);
    const { executionId } = await startRun(other, 'asks');
    await waitUntil(
      'the approval asked for',
      async () => (await signalRun(other, 'asks', executionId, 'review', { approved: true })).status === 202,
      { timeoutMs: 30_000, everyMs: 200 },
    );
    expect((await closedRun(other, 'asks', executionId)).status).toBe('Completed');
    const again = clientOf(TENANTS.killed);
    await publishFlow(again, 'ends', waitFlow('PT0S'));
    const run = await startRun(again, 'ends');
    expect((await closedRun(again, 'ends', run.executionId)).status).toBe('Completed');
    expect((await readRun(again, 'ends', run.executionId)).executionId).toBe(run.executionId);
  });
});
