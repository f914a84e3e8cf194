import { signEnvelope, workspaceKey, type FlowNode } from '@flowplane/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { http, parallel } from '../../test/interpreter/nodes.js';
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
/** Longer than a test lasts. */
const PATIENT = { timeouts: { startToClose: 'PT10M', heartbeat: 'PT10M' } };

let upstream: Upstream;
let interpreter: TestInterpreter;
beforeAll(async () => {
  upstream = await openUpstream();
  interpreter = await openTestInterpreter({
    FLOWS_HTTP_ALLOW_HOSTS: upstream.host,
    WORKER_MAX_ACTIVITIES: String(PLACES),
    WORKER_MAX_OVERFLOW_ACTIVITIES: String(OVERFLOW_PLACES),
  });
});
afterAll(async () => {
  upstream.release();
  await interpreter.close();
  await upstream.close();
});

it('tenants with tasks that last leave places to others, and nobody sees that their tasks were moved', async () => {
  const { result, failure } = interpreter;
  // Two tasks whose next attempt comes when the tenant holds its share.
  const retries = { maxAttempts: 2, initialInterval: 'PT5S' };
  const recovers = await interpreter.start([http('n', upstream.url('/breaks/1/recovers'), undefined, retries)]);
  const fails = await interpreter.start([http('n', upstream.url('/breaks/9/fails'), undefined, retries)]);
  for (const name of ['1/recovers', '9/fails']) await requested(`/breaks/${name}`, 1);

  const ids = Array.from({ length: 20 }, (_, index) => `n${index}`);
  const held: readonly FlowNode[] = [
    parallel('all', ids),
    ...ids.map((id) => http(id, upstream.url(`/hold/t1/${id}`), undefined, PATIENT)),
  ];
  const first = await interpreter.start(held);
  // More than its share: at least one of them was moved.
  await requested('/hold/t1/', SHARE + 1);

  const quiet = await interpreter.start([http('q', upstream.url('/ok/quiet'))], {}, { envelope: envelopeOf('quiet') });
  await result(quiet);
  expect(requests('/hold/t1/')).toBeLessThanOrEqual(SHARE + OVERFLOW_PLACES);

  upstream.release();
  await result(first);
  await result(recovers);
  expect(await failure(fails)).toMatchObject({ nodeId: 'n', code: 'UPSTREAM_UNAVAILABLE' });
  const { events } = await first.fetchHistory();
  const moved = events?.filter(({ activityTaskFailedEventAttributes: failed }) => failed) ?? [];
  expect(moved.length).toBeGreaterThan(0);
  // Each attempt that counts was performed, and none that was not performed counts.
  expect(requests('/hold/t1/')).toBe(ids.length);
  expect(['1/recovers', '9/fails'].map((name) => upstream.count(`/breaks/${name}`))).toEqual([2, 2]);
  const before = ['n:scheduled', 'n:started', 'n:retrying', 'n:retrying:2'];
  expect(statuses(await interpreter.frames(recovers))).toEqual([...before, 'n:completed:2']);
  expect(statuses(await interpreter.frames(fails))).toEqual([...before, 'n:failed:2']);
  const frames = statuses(await interpreter.frames(first)).filter((one) => !one.startsWith('all:'));
  for (const status of ['scheduled', 'started', 'completed']) {
    expect(frames.filter((one) => one.endsWith(`:${status}`))).toHaveLength(ids.length);
  }
  expect(frames).toHaveLength(3 * ids.length);
  for (const handle of [first, recovers, fails]) expect(await interpreter.replay(handle)).toBe(1);
});

const requests = (path: string): number => upstream.paths().filter((one) => one.startsWith(path)).length;

async function requested(path: string, count: number): Promise<void> {
  await expect.poll(() => requests(path), { timeout: 60_000 }).toBeGreaterThanOrEqual(count);
}

function envelopeOf(tenantId: string) {
  const scope = { tenantId, workspaceId: 'w1', flowId: 'f1', flowVersion: '1', executionId: `${tenantId}:w1:f1:1` };
  return signEnvelope({ ...scope, keyDerivation: 'hmac-v1' }, workspaceKey(TEST_SECRET, tenantId, 'w1'));
}
