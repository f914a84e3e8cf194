import { longOr, startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectStatus, makeApiClient, PATIENT, publishFlow, readRun, type ApiClient } from './driver/api-client.js';
import type { ListBody, RunItem } from './driver/api-types.js';
import {
  cronFlow,
  firesUntil,
  isClosed,
  isDue,
  publishAgain,
  readSchedule,
  secondsBetween,
  type Fire,
  type ScheduleBody,
} from './driver/cron.js';

const EVERY_SECOND = '* * * * * *';
const MINUTE_MS = 60_000;
/** How long a schedule of every second is looked at. */
const WATCHED_MS = longOr(20_000, MINUTE_MS);
/** However slow the machine is, no fire is dropped for being late. */
const LATE = { overlap: 'allow', catchupWindow: '15m' };
/** The schedules of one test at a time: the engine is shared with everything else that runs. */
const MINUTES_MS = 10 * MINUTE_MS;

let services: IsolatedServices;
let client: ApiClient;
let connection: Connection;
let temporal: Client;

beforeAll(async () => {
  services = await startServices({
    env: {
      FLOWS_QUOTA_FLOW_STARTS_PER_MINUTE: '-1',
      FLOWS_QUOTA_COMMAND_RATE: '-1',
      FLOWS_QUOTA_MAX_CONCURRENT_EXECUTIONS: '-1',
      FLOWS_QUOTA_MAX_FLOW_VERSIONS: '-1',
      FLOWS_QUOTA_OVERRIDES: JSON.stringify({ small: { flow_starts_per_minute: 2 } }),
      FLOWS_SCHEDULE_RECONCILE_INTERVAL: '3s',
    },
  });
  client = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main' });
  connection = await Connection.connect({ address: services.env['TEMPORAL_ADDRESS'] ?? '' });
  temporal = new Client({ connection, namespace: services.env['TEMPORAL_NAMESPACE'] ?? '' });
});

afterAll(async () => {
  await connection?.close();
  await services?.close();
});

const scheduleOf = (flowId: string) => temporal.schedule.getHandle(`acme:acme-main:${flowId}`);
const change = (flowId: string, what: 'pause' | 'resume' | 'trigger', body?: object) =>
  client.call<ScheduleBody>('POST', `/flows/${flowId}/schedule/${what}`, {
    ...(body === undefined ? {} : { body }),
    headers: PATIENT,
  });
/** The fires of the time that begins with the first one, after that time. */
async function watched(
  flowId: string,
): Promise<{ readonly fires: readonly Fire[]; readonly from: number; readonly to: number }> {
  const [first] = await firesUntil(services.env, flowId, (fires) => fires.length > 0);
  const from = (first?.scheduledAt ?? 0) + 1000;
  const to = from + WATCHED_MS;
  const isInIt = ({ scheduledAt }: Fire): boolean => scheduledAt >= from && scheduledAt < to;
  const all = await firesUntil(
    services.env,
    flowId,
    (fires) => isDue(to)(fires) && fires.filter(isInIt).every(isClosed),
    MINUTES_MS,
  );
  return { fires: all.filter(isInIt), from, to };
}

const AGAIN_MS = longOr(2000, 5000);

describe.concurrent(`${WATCHED_MS / 1000} seconds of every second`, { timeout: 2 * MINUTES_MS }, () => {
  it('fires every second, and is listed, read and completed like any run', async ({ expect }) => {
    await publishFlow(client, 'seconds', cronFlow([EVERY_SECOND], LATE));
    const { fires, from, to } = await watched('seconds');
    expect(fires.map(({ scheduledAt }) => scheduledAt)).toEqual(secondsBetween(from, to));
    expect(new Set(fires.map(({ status }) => status))).toEqual(new Set(['Completed']));
    const [fire] = fires;
    expect(fire?.executionId).toBe(
      `acme:acme-main:seconds-workflow-${new Date(from).toISOString().replace('.000', '')}`,
    );
    const run = await readRun(client, 'seconds', fire?.executionId ?? '');
    expect(run).toMatchObject({ status: 'Completed', triggerType: 'cron', version: '1' });
    expect(run.nodes).toMatchObject([{ nodeId: 'pause', status: 'completed' }]);
    const { recentActions } = await readSchedule(client, 'seconds');
    expect(recentActions).toHaveLength(10);
    expect(recentActions.every(({ workflowId }) => workflowId !== null)).toBe(true);
    await scheduleGone('seconds');
  });

  it(`published again every ${AGAIN_MS / 1000} s: each second fires once, under the version that was the latest`, async ({
    expect,
  }) => {
    const flow = (text: string): object => cronFlow([text], LATE);
    await publishFlow(client, 'republished', flow(EVERY_SECOND));
    let published = true;
    const watching = watched('republished').finally(() => {
      published = false;
    });
    while (published) {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      // The same times in other words, so that the schedule is changed each time.
      await publishAgain(client, 'republished', flow('0-59 * * * * *'));
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      await publishAgain(client, 'republished', flow('*/2,1/2 * * * * *'));
    }
    const { fires, from, to } = await watching;
    expect(fires.map(({ scheduledAt }) => scheduledAt)).toEqual(secondsBetween(from, to));
    // In the order of the log: on a busy machine a fire may be decided before one that was due earlier.
    const versions = fires.toSorted((a, b) => a.place - b.place).map(({ version }) => version);
    expect(new Set(versions).size).toBeGreaterThan(3);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    await scheduleGone('republished');
  });
});

describe.concurrent('overlap', () => {
  it('skip: a fire that comes due while a run goes on starts nothing', async ({ expect }) => {
    await publishFlow(client, 'skips', cronFlow([EVERY_SECOND], {}, 'PT4S'));
    const fires = (await firesUntil(services.env, 'skips', (some) => some.filter(isClosed).length >= 4)).filter(
      isClosed,
    );
    for (const [before, next] of pairs(fires)) {
      expect(next.startedAt).toBeGreaterThanOrEqual(before.closedAt ?? Infinity);
      expect(next.scheduledAt - before.scheduledAt).toBeGreaterThanOrEqual(4000);
    }
    await scheduleGone('skips');
  });

  it('buffer: one that comes due meanwhile starts when the run is over, and no more', async ({ expect }) => {
    await publishFlow(client, 'buffers', cronFlow([EVERY_SECOND], { overlap: 'buffer' }, 'PT4S'));
    const fires = (await firesUntil(services.env, 'buffers', (some) => some.filter(isClosed).length >= 4)).filter(
      isClosed,
    );
    for (const [before, next] of pairs(fires)) {
      expect(next.startedAt).toBeGreaterThanOrEqual(before.closedAt ?? Infinity);
      expect(next.scheduledAt).toBeLessThan(before.closedAt ?? 0);
    }
    await scheduleGone('buffers');
  });
});

/** The executor keeps schedules behind the answer to a publish. */
async function scheduleThere(flowId: string): Promise<void> {
  const isThere = (): Promise<boolean> =>
    scheduleOf(flowId)
      .describe()
      .then(
        () => true,
        () => false,
      );
  await waitUntil('the schedule', isThere, { timeoutMs: MINUTE_MS, everyMs: 200 });
}

describe('schedules', () => {
  it('paused: nothing comes due, also not after a publish; resumed, it goes on', async () => {
    await publishFlow(client, 'pauses', cronFlow([EVERY_SECOND], LATE));
    await firesUntil(services.env, 'pauses', (fires) => fires.length > 2);
    const paused = expectStatus(await change('pauses', 'pause', { note: 'Stocktaking' }), 200);
    expect(paused).toMatchObject({ paused: true, note: 'Stocktaking', changedBy: 'alice', nextActionTimes: [] });
    await waitUntil('the engine to hear of it', async () => (await scheduleOf('pauses').describe()).state.paused, {
      timeoutMs: MINUTE_MS,
      everyMs: 200,
    });
    expect((await scheduleOf('pauses').describe()).state.note).toBe('Stocktaking');
    const from = Date.now() + 1000;
    await publishAgain(client, 'pauses');
    expect(await readSchedule(client, 'pauses')).toMatchObject({ paused: true });
    await new Promise((resolve) => setTimeout(resolve, 6000));
    const to = Date.now();
    const resumed = expectStatus(await change('pauses', 'resume'), 200);
    expect(resumed).toMatchObject({ paused: false, note: 'Resumed via Flows API' });
    expect(resumed.nextActionTimes).toHaveLength(10);
    const fires = await firesUntil(services.env, 'pauses', isDue(to));
    expect(fires.filter(({ scheduledAt }) => scheduledAt >= from && scheduledAt < to)).toEqual([]);
    expect(fires.at(-1)?.version).toBe(2);
    await scheduleGone('pauses');
  });

  it('beyond a quota a fire starts no run, and is seen', async () => {
    const small = makeApiClient(services.url, { tenantId: 'small', workspaceId: 'small-main' });
    await publishFlow(small, 'refused', cronFlow([EVERY_SECOND], LATE));
    const refused = async (): Promise<boolean> =>
      (await readSchedule(small, 'refused')).recentActions.filter(({ workflowId }) => workflowId === null).length > 3;
    await waitUntil('refused fires', refused, { timeoutMs: 2 * MINUTE_MS, everyMs: 500 });
    expectStatus(await small.call('POST', '/flows/refused/schedule/pause', { headers: PATIENT }), 200);
    const listed = expectStatus(await small.call<ListBody<RunItem>>('GET', '/flows/refused/executions'), 200);
    const running = listed.items.length;
    const { recentActions } = await readSchedule(small, 'refused');
    expect(running).toBeGreaterThanOrEqual(2);
    expect(running).toBeLessThan(running + recentActions.length);
    const audit = await small.call<ListBody<{ readonly eventType: string }>>('GET', '/audit?outcome=denied');
    expect(expectStatus(audit, 200).items.length).toBeGreaterThan(0);
  });

  it('triggered: one run at once; no schedule, no trigger', async () => {
    await publishFlow(client, 'yearly', cronFlow(['0 0 1 1 *']));
    const triggered = expectStatus(await change('yearly', 'trigger'), 202);
    expect(triggered).toEqual({ status: 'triggered', scheduleId: 'acme:acme-main:yearly' });
    const fires = await firesUntil(services.env, 'yearly', (some) => some.some(isClosed));
    expect(fires).toMatchObject([{ version: 1, status: 'Completed' }]);
    expect((await readSchedule(client, 'yearly')).recentActions).toMatchObject([{ workflowId: fires[0]?.executionId }]);
    for (const what of ['pause', 'resume', 'trigger'] as const) {
      expect((await change('nowhere', what)).body).toMatchObject({ code: 'SCHEDULE_NOT_FOUND' });
    }
  });

  it('removed or changed by hand it is back, counted; one of no flow goes', { timeout: 5 * MINUTE_MS }, async () => {
    await publishFlow(client, 'kept', cronFlow(['0 0 1 1 *'], { catchupWindow: '2m' }));
    await publishFlow(client, 'edited', cronFlow(['0 0 1 1 *']));
    await scheduleThere('kept');
    await scheduleThere('edited');
    const orphan = scheduleOf('orphan');
    const { raw } = await scheduleOf('kept').describe();
    await scheduleOf('kept').delete();
    await scheduleOf('edited').update((previous) => ({
      ...previous,
      policies: { ...previous.policies, overlap: 'ALLOW_ALL' },
    }));
    await temporal.workflowService.createSchedule({
      ...{ namespace: temporal.options.namespace, scheduleId: orphan.scheduleId, requestId: 'orphan' },
      schedule: raw.schedule ?? null,
    });
    const repairs = async (): Promise<readonly string[]> => {
      const text = await (await fetch(`${services.urls.executor}/metrics`)).text();
      return text.split('\n').filter((line) => line.startsWith('flows_schedule_repairs_total{'));
    };
    await waitUntil('repairs of three kinds', async () => (await repairs()).length === 3, {
      timeoutMs: MINUTE_MS,
      everyMs: 500,
    });
    expect((await repairs()).toSorted()).toEqual([
      'flows_schedule_repairs_total{drift="changed"} 1',
      'flows_schedule_repairs_total{drift="missing"} 1',
      'flows_schedule_repairs_total{drift="orphan"} 1',
    ]);
    const back = await scheduleOf('kept').describe();
    expect(back.raw.schedule?.spec).toEqual(raw.schedule?.spec);
    expect((await scheduleOf('edited').describe()).policies.overlap).toBe('SKIP');
    await expect(orphan.describe()).rejects.toThrow(/not found/i);
  });

  it.each([
    ['daily', 'CRON_TZ=Europe/Berlin 30 2 * * *'],
    ['either-day', 'CRON_TZ=America/New_York 0 15 1 13 * FRI'],
    ['both', '*/20 10-12 29 2 *'],
  ])('next times of %s are those of the engine', async (flowId, text) => {
    await publishFlow(client, flowId, cronFlow([text]));
    await scheduleThere(flowId);
    const { info } = await scheduleOf(flowId).describe();
    const theirs = info.nextActionTimes.map((time) => time.toISOString());
    expect(theirs.length).toBeGreaterThan(0);
    expect((await readSchedule(client, flowId)).nextActionTimes.slice(0, theirs.length)).toEqual(theirs);
  });
});

const pairs = (fires: readonly Fire[]): readonly (readonly [Fire, Fire])[] =>
  fires.slice(1).map((fire, index) => [fires[index] as Fire, fire]);

/** Publishes a version without schedule: it is gone here and in the engine. */
async function scheduleGone(flowId: string): Promise<void> {
  await publishAgain(client, flowId, { ...cronFlow([]), triggers: [] });
  expectStatus(await client.call('GET', `/flows/${flowId}/schedule`), 404);
  const isGone = (): Promise<boolean> =>
    scheduleOf(flowId)
      .describe()
      .then(
        () => false,
        () => true,
      );
  await waitUntil('the schedule to be gone', isGone, { timeoutMs: MINUTE_MS, everyMs: 200 });
}
