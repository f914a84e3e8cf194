import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { until } from '@flowplane/plumbing/test/kafka';
import { startBrokerCluster, type BrokerCluster } from '@flowplane/stack';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echo, http } from '../../test/interpreter/nodes.js';
import { openTestInterpreter, statuses, type TestInterpreter } from '../../test/interpreter/test-interpreter.js';
import { openUpstream, type Upstream } from '../../test/interpreter/upstream.js';
import { openHoldingProxy } from '../../test/tasks/holding-proxy.js';

/** Longest wait for what a machine under load does late. */
const WAIT_MS = 60_000;
const MAIN = fileURLToPath(new URL('../../dist/interpreter/main.js', import.meta.url));

/** How many tasks of a run have ended, as far as the engine knows. */
async function endsInEngine(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory();
  const isEnd = ({ activityTaskCompletedEventAttributes, activityTaskFailedEventAttributes }: Event): boolean =>
    Boolean(activityTaskCompletedEventAttributes ?? activityTaskFailedEventAttributes);
  return (events ?? []).filter(isEnd).length;
}
type Event = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

const UNRECORDED = 'flows_task_ends_unrecorded_total';

describe('a broker that does not answer', () => {
  let cluster: BrokerCluster;
  let upstream: Upstream;
  let interpreter: TestInterpreter;
  beforeAll(async () => {
    cluster = await startBrokerCluster(1);
    upstream = await openUpstream();
    interpreter = await openTestInterpreter({
      KAFKA_BROKERS: cluster.brokers,
      FLOWS_HTTP_ALLOW_HOSTS: upstream.host,
    });
  });
  afterAll(async () => {
    upstream.release();
    await interpreter.close();
    await upstream.close();
    await cluster.close();
  });

  it('holds the end of a task back, and its heartbeats go on: the engine has it after the log', async () => {
    const policy = { timeouts: { startToClose: 'PT1M', heartbeat: 'PT1S' } };
    const path = '/later/1500/held';
    const handle = await interpreter.start([http('a', upstream.url(path), undefined, policy)]);
    await interpreter.frames(handle, (frames) => statuses(frames).includes('a:started'));
    cluster.signal(0, 'SIGSTOP');
    try {
      await until('the effect', () => upstream.answered().includes(path), WAIT_MS);
      // Longer than the engine would wait for the next heartbeat.
      await delay(3000);
      expect(await endsInEngine(handle)).toBe(0);
    } finally {
      cluster.signal(0, 'SIGCONT');
    }
    expect((await interpreter.result(handle)).trace).toEqual(['a']);
    expect(statuses(await interpreter.frames(handle))).toEqual(['a:scheduled', 'a:started', 'a:completed']);
    expect(upstream.count(path)).toBe(1);
    expect(await interpreter.counted(UNRECORDED)).toBe(0);
  });

  it('holds it back for half of the time that is left, and the record comes later', async () => {
    const policy = { maxAttempts: 1, timeouts: { startToClose: 'PT5S' } };
    const path = '/later/1000/once';
    const handle = await interpreter.start([http('a', upstream.url(path), undefined, policy)]);
    await interpreter.frames(handle, (frames) => statuses(frames).includes('a:started'));
    cluster.signal(0, 'SIGSTOP');
    try {
      expect((await interpreter.result(handle)).trace).toEqual(['a']);
      expect(await interpreter.counted(UNRECORDED)).toBe(1);
    } finally {
      cluster.signal(0, 'SIGCONT');
    }
    expect(statuses(await interpreter.frames(handle))).toEqual(['a:scheduled', 'a:started', 'a:completed']);
    expect(upstream.count(path)).toBe(1);
  });
});

describe('a worker that is killed when the log has the end of a task and the engine does not', () => {
  it('leaves the record of what was done', async () => {
    const upstream = await openUpstream();
    const interpreter = await openTestInterpreter({ FLOWS_HTTP_ALLOW_HOSTS: upstream.host });
    await interpreter.stop();
    const engineDoor = await openHoldingProxy(Number((process.env['TEMPORAL_ADDRESS'] ?? '').split(':')[1]));
    const startWorker = (more: Readonly<Record<string, string>> = {}): ChildProcess => {
      const env = { ...interpreter.env, WORKER_HEALTH_PORT: '0', LOG_LEVEL: 'error', ...more };
      return spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'inherit', 'inherit'] });
    };
    const workers = [startWorker({ TEMPORAL_ADDRESS: `127.0.0.1:${engineDoor.port}` })];
    try {
      const path = '/later/1500/journal';
      const soon = { initialInterval: 'PT0.1S', timeouts: { startToClose: 'PT10S' } };
      const handle = await interpreter.start([http('a', upstream.url(path), 'b', soon), echo('b')]);
      await until('the call', () => upstream.count(path) === 1, WAIT_MS);
      engineDoor.hold('all');
      await interpreter.frames(handle, (frames) => statuses(frames).includes('a:completed'));
      expect(await endsInEngine(handle)).toBe(0);
      workers[0]?.kill('SIGKILL');
      await once(workers[0] as ChildProcess, 'exit');
      workers.push(startWorker());
      expect((await interpreter.result(handle)).trace).toEqual(['a', 'b']);
      const ends = statuses(await interpreter.frames(handle), 'a').filter((status) => status.includes('completed'));
      expect(ends).toEqual(['a:completed', 'a:completed:2']);
    } finally {
      for (const worker of workers) worker.kill('SIGKILL');
      engineDoor.close();
      await interpreter.close();
      await upstream.close();
    }
  });
});
