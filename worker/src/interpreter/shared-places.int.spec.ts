import { signEnvelope, workspaceKey, type FlowNode, type Frame } from '@flowplane/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { echo, http, parallel } from '../../test/interpreter/nodes.js';
import {
  openTestInterpreter,
  statuses,
  TEST_SECRET,
  type TestInterpreter,
} from '../../test/interpreter/test-interpreter.js';
import { openUpstream, type Upstream } from '../../test/interpreter/upstream.js';

const PLACES = 6;
const SHARE = PLACES / 2;
const OVERFLOW_PLACES = 2;
/** Of an attempt that goes on until its run is cancelled, which it hears of with its next heartbeat. */
const ENDLESS = { timeouts: { startToClose: 'PT1H', heartbeat: 'PT1M' } };

let upstream: Upstream;
let interpreter: TestInterpreter;
beforeAll(async () => {
  upstream = await openUpstream();
  interpreter = await openTestInterpreter({
    FLOWS_HTTP_ALLOW_HOSTS: upstream.host,
    WORKER_MAX_ACTIVITIES: String(PLACES),
    WORKER_MAX_OVERFLOW_ACTIVITIES: String(OVERFLOW_PLACES),
    FLOWS_DEV_ECHO_DELAY_MS: '3600000',
  });
});
afterAll(async () => {
  upstream.release();
  await interpreter.close();
  await upstream.close();
});

it('200 requests of a tenant that get no answer leave their turns to the requests of another one', async () => {
  const ids = Array.from({ length: 200 }, (_, index) => `s${index}`);
  // One attempt each: one that is given up does not come again.
  const slow = ids.map((id): FlowNode => ({
    ...{ id, type: 'task', taskType: 'http.request', retryPolicy: { maxAttempts: 1 } },
    input: { url: upstream.url(`/hold/${id}`), timeoutMs: 30_000 },
  }));
  const noisy = await interpreter.start([parallel('all', ids), ...slow]);
  const begunSlow = (): readonly string[] => upstream.paths().filter((path) => path.startsWith('/hold/s'));
  await expect.poll(() => begunSlow().length, { timeout: 60_000 }).toBeGreaterThanOrEqual(SHARE);

  const fast = Array.from({ length: 5 }, (_, index) => `f${index}`);
  const quiet = fast.map((id, index) => http(id, upstream.url(`/ok/${id}`), fast[index + 1]));
  await interpreter.result(await interpreter.start(quiet, {}, { envelope: envelopeOf('fast') }));
  // None of them has had its answer, so the fast ones did not wait for it; and of 200, few have had a turn.
  expect(upstream.answered().filter((path) => path.startsWith('/hold/s'))).toEqual([]);
  const openSlow = (): number => begunSlow().filter((path) => upstream.left(path) === 0).length;
  await expect.poll(openSlow, { timeout: 60_000 }).toBeLessThanOrEqual(SHARE + OVERFLOW_PLACES);
  // It may have ended on a slow machine, where a request is given up after 30 s.
  await noisy.cancel().catch(() => undefined);
  upstream.release();
});

it('tenants with tasks that last leave places to others, and nobody sees that their tasks were moved', async () => {
  const { failure, frames, replay, result, start } = interpreter;
  // Two tasks whose next attempt comes when the tenant holds its share.
  const retries = { maxAttempts: 2, initialInterval: 'PT5S' };
  const recovers = await start([http('n', upstream.url('/breaks/1/recovers'), undefined, retries)]);
  const fails = await start([http('n', upstream.url('/breaks/9/fails'), undefined, retries)]);
  for (const path of ['/breaks/1/recovers', '/breaks/9/fails']) {
    await expect.poll(() => upstream.count(path), { timeout: 60_000 }).toBe(1);
  }
  const ids = Array.from({ length: 20 }, (_, index) => `n${index}`);
  const lasting = ids.map((id): FlowNode => ({ ...echo(id), type: 'task', taskType: 'echo', retryPolicy: ENDLESS }));
  const first = await start([parallel('all', ids), ...lasting]);
  // More than its share: at least one of them was moved.
  await frames(first, (told) => begun(told).length > SHARE);

  const quiet = await start([http('q', upstream.url('/ok/quiet'))], {}, { envelope: envelopeOf('quiet') });
  await result(quiet);
  const told = (await interpreter.allFrames()).filter(({ data }) => data.executionId === first.workflowId);
  expect(begun(told).length).toBeLessThanOrEqual(SHARE + OVERFLOW_PLACES);
  expect(statuses(told).filter((one) => !/:(scheduled|started)$/.test(one))).toEqual([]);
  await first.cancel();

  // Each attempt that counts was performed, and none that was not performed counts.
  await result(recovers);
  expect(await failure(fails)).toMatchObject({ nodeId: 'n', code: 'UPSTREAM_UNAVAILABLE' });
  expect(['1/recovers', '9/fails'].map((name) => upstream.count(`/breaks/${name}`))).toEqual([2, 2]);
  const before = ['n:scheduled', 'n:started', 'n:retrying', 'n:retrying:2'];
  expect(statuses(await frames(recovers))).toEqual([...before, 'n:completed:2']);
  expect(statuses(await frames(fails))).toEqual([...before, 'n:failed:2']);
  for (const handle of [first, recovers, fails]) expect(await replay(handle)).toBe(1);
});

/** Tasks that have begun. */
const begun = (told: readonly Frame[]): readonly string[] =>
  statuses(told).filter((one) => one.endsWith(':started') && !one.startsWith('all:'));

function envelopeOf(tenantId: string) {
  const scope = { tenantId, workspaceId: 'w1', flowId: 'f1', flowVersion: '1', executionId: `${tenantId}:w1:f1:1` };
  return signEnvelope({ ...scope, keyDerivation: 'hmac-v1' }, workspaceKey(TEST_SECRET, tenantId, 'w1'));
}
