import { readFile } from 'node:fs/promises';
import { makePool } from '@flowplane/plumbing/postgres';
import { startServices, waitUntil, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeApiClient, publishFlow, startRun, type ApiClient } from './driver/api-client.js';
import { startCalledServer, type CalledServer } from './driver/called-server.js';
import { MIX_ENV, MIX_LIMITS, prepareTenants, startMix } from './driver/command-mix.js';
import { chainFlow, exampleFlow } from './driver/definitions.js';
import { eagerStarts, engineExecutions } from './driver/engine.js';
import { statusesByNode, takeStream } from './driver/event-stream.js';
import { checkLog } from './driver/log-check.js';
import { acceptRuns, allClosed, endings, reportsOf } from './driver/runs.js';
import { bothTotals, settledLog } from './driver/settled-log.js';

const TASKS = ['n1', 'n2', 'n3'];
const RUNS = 30;
const COMMANDS = 600;
const KILLS = 2;
/** A task whose worker died is noticed by its missing heartbeats; on a busy machine those of one process for all come late. */
const RETRY_POLICY = {
  initialInterval: 'PT0.2S',
  backoffCoefficient: 1,
  timeouts: { startToClose: 'PT30S', heartbeat: 'PT5S' },
};

let called: CalledServer;
let services: IsolatedServices;
let client: ApiClient;

beforeAll(async () => {
  called = await startCalledServer();
  services = await startServices({
    isCompact: true,
    env: { ...MIX_ENV, FLOWS_QUOTA_MAX_CONCURRENT_EXECUTIONS: '1000', FLOWS_HTTP_ALLOW_HOSTS: called.hostPort },
  });
  client = makeApiClient(services.url, { tenantId: 'acme', workspaceId: 'acme-main' });
});

afterAll(async () => {
  await services?.close();
  await called?.close();
});

describe('all services in one process', () => {
  it('answer for readiness each at its port, and of one process the gateway joins the metrics', async () => {
    for (const [name, url] of Object.entries(services.urls)) {
      expect((await fetch(`${url}/readyz`)).status, name).toBe(200);
    }
    const metrics = await (await fetch(`${services.url}/metrics`)).text();
    expect(metrics).toContain('flows_process_uptime_seconds');
  });

  it('run the example flow while a stream shows every node to its end', async () => {
    await publishFlow(client, 'example', exampleFlow(called.url));
    const { executionId } = await startRun(client, 'example', { amount: 40 });
    const { frames, ended } = await takeStream(client, executionId);
    expect(ended).toBe(true);
    const shown = statusesByNode(frames);
    expect(shown['reserve']).toEqual(['scheduled', 'started', 'completed']);
    expect(shown['refund']).toEqual(['skipped']);
    expect(frames.at(-1)?.data).toBe('{"type":"stream-end","status":"Completed"}');
    // The worker is in the process that starts the run.
    expect(await eagerStarts(services.env, [executionId])).toEqual({ [executionId]: true });
  });

  it('follow the progress of the read models over one connection', async () => {
    const pool = makePool(services.env['FLOWS_DB_URL'] ?? '', { max: 1, applicationName: 'spec' });
    const listening = await pool.query(
      `SELECT application_name FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'listen flows_progress'`,
    );
    await pool.end();
    expect(listening.rowCount).toBe(1);
  });

  it('killed under load of runs: each is one execution, reported once, and what was completed is not repeated', async () => {
    await publishFlow(client, 'chain', chainFlow(called.url, TASKS.length, RETRY_POLICY));
    const names = Array.from({ length: RUNS }, (_, index) => `load-${index}`);
    let isDone = false;
    const accepting = acceptRuns(client, 'chain', names, { concurrency: 4, paceMs: 300 }).finally(
      () => (isDone = true),
    );
    for (let kills = 1; kills <= KILLS; kills += 1) {
      // Calls that tasks have made: the kill comes in the middle of runs.
      const isUnderWay = async (): Promise<boolean> => isDone || called.calls.size >= kills * 8;
      await waitUntil('runs under way', isUnderWay, { timeoutMs: 60_000, everyMs: 20 });
      await services.restarted('compact', services.kill('compact'));
    }
    const runs = await accepting;
    const closed = await allClosed(client, 'chain', runs, 120_000);
    expect(endings(closed)).toEqual(runs.map(() => 'Completed'));
    expect(closed.map(({ result }) => result?.trace)).toEqual(runs.map(() => TASKS));
    const ids = runs.map(({ executionId }) => executionId);
    expect(await engineExecutions(services.env, ids)).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
    const callsOf = (name: string) => TASKS.map((task) => called.calls.get(`/${name}/${task}`) ?? 0);
    expect(names.flatMap(callsOf).every((calls) => calls >= 1)).toBe(true);
    // A kill repeats at most the one task that was under way in a run.
    expect(names.filter((name) => callsOf(name).reduce((sum, calls) => sum + calls - 1, 0) > KILLS)).toEqual([]);
    const log = await settledLog(services.env);
    expect(checkLog(log, {})).toEqual([]);
    expect(reportsOf(log, runs)).toEqual(Object.fromEntries(names.map((name) => [name, '1/1'])));
  });

  it(`killed in the middle of ${COMMANDS} commands: exactly one outcome each, and the read models as the log says`, async () => {
    const tenants = await prepareTenants(services.url, ['ca', 'cb', 'cc', 'cd']);
    const mix = startMix([services.url], { tenants, count: COMMANDS, concurrency: 60 });
    await mix.reached(COMMANDS / 3);
    await services.restarted('compact', services.kill('compact'));
    const answers = await mix.done;
    expect(answers).toHaveLength(COMMANDS);
    expect(answers.filter(({ attempts }) => attempts > 1).length).toBeGreaterThan(0); // the kill hit some under way
    const log = await settledLog(services.env, 60_000);
    expect(checkLog(log, { ...MIX_LIMITS, maxConcurrentExecutions: 1000 })).toEqual([]);
    const totals = await bothTotals(services.env, log);
    expect(totals.read).toEqual(totals.log);
  });

  it('stop in order when asked to: the process drains, closes every service and ends by itself', async () => {
    await services.stop('compact');
    const lines = (await readFile(services.logOf('compact'), 'utf8')).trimEnd().split('\n').slice(-50).join('\n');
    expect(lines).toContain('"stopped"');
    expect(lines).not.toContain('draining took too long');
  });
});
