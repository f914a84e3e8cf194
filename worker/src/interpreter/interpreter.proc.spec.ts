import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FlowNode } from '@flowplane/contracts';
import { until } from '@flowplane/plumbing/test/kafka';
import { startVersityGateway, type VersityGateway } from '@flowplane/stack';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echo, http, parallel, subFlow } from '../../test/interpreter/nodes.js';
import { openTestInterpreter, statuses, type TestInterpreter } from '../../test/interpreter/test-interpreter.js';
import { openHoldingProxy, type HoldingProxy } from '../../test/tasks/holding-proxy.js';
import { openUpstream, type Upstream } from '../../test/interpreter/upstream.js';

/** Longest wait for what a machine under load does late. */
const WAIT_MS = 60_000;
const MAIN = fileURLToPath(new URL('../../dist/interpreter/main.js', import.meta.url));
let upstream: Upstream;
let objects: VersityGateway;
/** Between the worker and the object store. */
let storeDoor: HoldingProxy;
let interpreter: TestInterpreter;
let child: ChildProcess | undefined;
beforeAll(async () => {
  upstream = await openUpstream();
  objects = await startVersityGateway(['flowplane']);
  storeDoor = await openHoldingProxy(objects.port);
  interpreter = await openTestInterpreter({
    FLOWS_HTTP_ALLOW_HOSTS: upstream.host,
    FLOWS_STORAGE_ENDPOINT: `http://127.0.0.1:${storeDoor.port}`,
    FLOWS_STORAGE_ACCESS_KEY: objects.accessKeyId,
    FLOWS_STORAGE_SECRET_KEY: objects.secretAccessKey,
  });
  await interpreter.stop();
});
afterAll(async () => {
  child?.kill('SIGKILL');
  upstream.release();
  await interpreter.close();
  await upstream.close();
  storeDoor.close();
  await objects.close();
});

/** Starts the real worker process; its health port is whatever is free. */
function startWorker(): ChildProcess {
  const env = { ...interpreter.env, WORKER_HEALTH_PORT: '0', LOG_LEVEL: 'warn' };
  return spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Waits until the engine has the results of these activities. */
async function untilCompleted(handle: WorkflowHandle, activityIds: readonly string[]): Promise<void> {
  for (;;) {
    const { events = [] } = await handle.fetchHistory();
    const ids = new Map(
      (events ?? []).map((event) => [String(event.eventId), event.activityTaskScheduledEventAttributes?.activityId]),
    );
    const done = (events ?? []).map(({ activityTaskCompletedEventAttributes: completed }) =>
      ids.get(String(completed?.scheduledEventId)),
    );
    if (activityIds.every((id) => done.includes(id))) return;
    await delay(50);
  }
}

describe('the worker process', () => {
  it('killed in the middle of a run: completed nodes do not run again, the open one does', async () => {
    // No heartbeat asked for, and a minute for each attempt: the silence of the dead worker must be enough.
    const soon = { initialInterval: 'PT0.1S' };
    const handle = await interpreter.start([
      http('a', upstream.url('/ok/a'), 'p', soon),
      parallel('p', ['b', 'h'], 'end'),
      http('b', upstream.url('/ok/b'), undefined, soon),
      http('h', upstream.url('/hold/h'), undefined, soon),
      http('end', upstream.url('/ok/end'), undefined, soon),
    ]);
    child = startWorker();
    await interpreter.frames(handle, (frames) => statuses(frames).includes('h:started'));
    // A frame runs ahead of the engine: what counts as completed is what the history says.
    await untilCompleted(handle, ['a', 'b']);
    child.kill('SIGKILL');
    await once(child, 'exit');
    upstream.release();
    const diedAt = Date.now();
    child = startWorker();
    const { trace, state } = await interpreter.result(handle);
    expect(Date.now() - diedAt).toBeLessThan(40_000);
    expect(trace).toEqual(['a', 'p', 'b', 'h', 'end']);
    expect(state['h']).toMatchObject({ httpStatus: 200 });
    expect([upstream.count('/ok/a'), upstream.count('/ok/b')]).toEqual([1, 1]);
    expect(upstream.count('/hold/h')).toBe(2);
  });

  it('killed in the middle of a sub-flow: what the child has completed does not run again', async () => {
    const soon = { initialInterval: 'PT0.1S', timeouts: { startToClose: 'PT5S' } };
    await interpreter.flows.publish('child', [
      http('a', upstream.url('/ok/child'), 'l', soon),
      http('l', upstream.url('/later/3000/child'), 'b', soon),
      echo('b'),
    ]);
    const nodes = [parallel('p', ['c', 'e'], 'end'), subFlow('c', 'child', undefined, { n: '${{ 1 + 1 }}' })];
    const handle = await interpreter.start([...nodes, echo('e', undefined, { n: '${{ 2 + 2 }}' }), echo('end')]);
    const inner = interpreter.client.workflow.getHandle(`${handle.workflowId}-c`);
    while (upstream.count('/later/3000/child') === 0) await delay(20);
    await untilCompleted(inner, ['a']);
    child?.kill('SIGKILL');
    await once(child as ChildProcess, 'exit');
    child = startWorker();
    const { trace, state } = await interpreter.result(handle);
    expect(trace).toEqual(['p', 'c', 'e', 'end']);
    expect(state['c']).toMatchObject({ n: 2, a: { httpStatus: 200 }, l: { httpStatus: 200 } });
    expect([upstream.count('/ok/child'), upstream.count('/later/3000/child')]).toEqual([1, 2]);
  });

  const put = (objectKey: string, text: string): FlowNode => ({
    ...{ id: 'put', type: 'task', taskType: 'storage.put', retryPolicy: { initialInterval: 'PT0.1S' } },
    input: { bucketId: 'files', objectKey, body: Buffer.from(text).toString('base64') },
  });
  const putFiles = (): Promise<readonly string[]> => readdir(join(objects.data, 'objects/flowplane/t1/w1/files'));

  it('killed when an object is written and the run does not know it: there is one, as the run wants it', async () => {
    storeDoor.hold();
    const handle = await interpreter.start([put('killed', 'written twice')]);
    await until('the object is written', () => storeDoor.heldBytes() > 0, WAIT_MS);
    expect(await putFiles()).toEqual(['killed']);
    child?.kill('SIGKILL');
    await once(child as ChildProcess, 'exit');
    storeDoor.release();
    child = startWorker();
    const { state } = await interpreter.result(handle);
    expect(state['put']).toMatchObject({ status: 'success', objectKey: 'killed' });
    expect(await putFiles()).toEqual(['killed']);
    const file = join(objects.data, 'objects/flowplane/t1/w1/files/killed');
    expect(await readFile(file, 'utf8')).toBe('written twice');
  });

  it('ends a transfer whose run is cancelled', async () => {
    storeDoor.hold();
    const handle = await interpreter.start([put('cancelled', 'never mind')]);
    await until('the object store is asked', () => storeDoor.heldBytes() > 0, WAIT_MS);
    expect(storeDoor.connections()).toBe(1);
    await handle.cancel();
    await until('the connection is cut', () => storeDoor.connections() === 0, WAIT_MS);
    await expect(handle.result()).rejects.toThrow();
    storeDoor.release();
  });

  it('drains and exits with 0 on SIGTERM', async () => {
    const handle = await interpreter.start([echo('a')]);
    await interpreter.result(handle);
    child?.kill('SIGTERM');
    const [code] = (await once(child as ChildProcess, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(statuses(await interpreter.frames(handle))).toEqual(['a:scheduled', 'a:started', 'a:completed']);
  });
});
