import { signEnvelope, workspaceKey, type FlowNode } from '@flowplane/contracts';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { http, parallel } from '../../test/interpreter/nodes.js';
import { openTestInterpreter, TEST_SECRET, type TestInterpreter } from '../../test/interpreter/test-interpreter.js';
import { openUpstream, type Upstream } from '../../test/interpreter/upstream.js';

const TASKS = 150;
/** Tenants with one task each. */
const QUIET = ['quiet1', 'quiet2', 'quiet3', 'quiet4', 'quiet5'];

let upstream: Upstream;
let interpreter: TestInterpreter;
beforeAll(async () => {
  upstream = await openUpstream();
  interpreter = await openTestInterpreter({ FLOWS_HTTP_ALLOW_HOSTS: upstream.host, WORKER_MAX_ACTIVITIES: '1' });
});
afterAll(async () => {
  upstream.release();
  await interpreter.close();
  await upstream.close();
});

it(
  'the task of a tenant with few of them does not wait for all of a tenant with many',
  { timeout: 240_000 },
  async () => {
    // One task holds the only place until all others wait.
    const held = await interpreter.start([http('held', upstream.url('/hold'))]);
    await expect.poll(() => upstream.count('/hold'), { timeout: 60_000 }).toBe(1);
    const ids = Array.from({ length: TASKS }, (_, index) => `n${index}`);
    const many: readonly FlowNode[] = [parallel('all', ids), ...ids.map((id) => http(id, upstream.url(`/ok/${id}`)))];
    const noisy = await interpreter.start(many);
    await arrived(noisy, TASKS, '/ok/n');
    const quiet = await Promise.all(
      QUIET.map((tenantId) =>
        interpreter.start([http('q', upstream.url(`/ok/${tenantId}`))], {}, { envelope: envelopeOf(tenantId) }),
      ),
    );
    await Promise.all(quiet.map((handle, index) => arrived(handle, 1, `/ok/${QUIET[index]}`)));
    const before = upstream.paths().length;
    upstream.release();
    await Promise.all([held, noisy, ...quiet].map((handle) => interpreter.result(handle)));
    // The engine has several partitions of the queue, which take turns at random: one tenant alone may have bad luck. Without
    // fairness all of them come when a partition has nothing left of the others.
    const places = QUIET.map((tenantId) => upstream.paths().indexOf(`/ok/${tenantId}`) - before);
    expect(places.toSorted((one, other) => one - other)[1]).toBeLessThan(TASKS / 2);
  },
);

/** Waits until so many tasks of a run wait in the engine, or have been performed. */
async function arrived(handle: WorkflowHandle, count: number, path: string): Promise<void> {
  const known = async (): Promise<number> => {
    const waiting = (await handle.describe()).raw.pendingActivities?.length ?? 0;
    return waiting + upstream.paths().filter((one) => one.startsWith(path)).length;
  };
  await expect.poll(known, { timeout: 120_000 }).toBeGreaterThanOrEqual(count);
}

function envelopeOf(tenantId: string) {
  const scope = { tenantId, workspaceId: 'w1', flowId: 'f1', flowVersion: '1', executionId: `${tenantId}:w1:f1:1` };
  return signEnvelope({ ...scope, keyDerivation: 'hmac-v1' }, workspaceKey(TEST_SECRET, tenantId, 'w1'));
}
