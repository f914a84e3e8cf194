import { setTimeout as sleep } from 'node:timers/promises';
import {
  makeQuietTenants,
  startHangingServer,
  startHostileTenant,
  type HostileTenant,
  type QuietTenants,
} from '@flowplane/bench/tenants';
import { longOr, startServices, type IsolatedServices } from '@flowplane/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';

const QUIET = Array.from({ length: 10 }, (_, at) => `quiet-${at}`);
const ATTACKED_S = longOr(30, 300);

let services: IsolatedServices;
let hanging: Awaited<ReturnType<typeof startHangingServer>>;
let quiet: QuietTenants;
let hostile: HostileTenant;

beforeAll(async () => {
  hanging = await startHangingServer();
  services = await startServices({
    env: { FLOWS_DEV_ECHO_TASKS: '1', FLOWS_HTTP_ALLOW_HOSTS: hanging.hostPort },
  });
  quiet = await makeQuietTenants(services.url, QUIET);
  hostile = await startHostileTenant(services.url, 'hostile', `http://${hanging.hostPort}`);
});

afterAll(async () => {
  hostile?.close();
  quiet?.close();
  await services?.close();
  hanging?.close();
});

it('ten tenants are served while an eleventh does everything at once', async () => {
  const ended = new AbortController();
  hostile.attack();
  const using = quiet.use(ended.signal);
  await sleep(ATTACKED_S * 1000);
  ended.abort();
  const report = await using;
  const answers = await hostile.end();
  console.log(
    JSON.stringify(
      {
        answers,
        surprises: report.surprises,
        completed: report.completedRuns,
        calls: Object.fromEntries(Object.entries(report.latencies).map(([k, v]) => [k, [v.length, Math.max(...v)]])),
      },
      null,
      1,
    ),
  );
  expect(report.surprises).toEqual([]);
});
