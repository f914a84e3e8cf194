import { longOr } from '@flowplane/stack';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echo, http, subFlow } from '../../test/interpreter/nodes.js';
import {
  openTestInterpreter,
  statuses,
  TEST_NAMESPACE,
  type TestInterpreter,
} from '../../test/interpreter/test-interpreter.js';
import { openUpstream, type Upstream } from '../../test/interpreter/upstream.js';
import { makeWorkflowBundle } from './workflow-bundle.js';

let upstream: Upstream;
let interpreter: TestInterpreter;
beforeAll(async () => {
  upstream = await openUpstream();
  interpreter = await openTestInterpreter({ FLOWS_HTTP_ALLOW_HOSTS: upstream.host });
});
afterAll(async () => {
  upstream.release();
  await interpreter.close();
  await upstream.close();
});

/** Names of a history's events. */
async function eventTypes(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).map((event) => {
    const member = Object.entries(event).find(([name, value]) => name.endsWith('EventAttributes') && value !== null);
    return member?.[0].replace('EventAttributes', '') ?? 'unknown';
  });
}

describe('the cost rule', () => {
  it('causes exactly the events of a hand-written workflow of as many activities', async () => {
    const ids = ['a', 'b', 'c'];
    const taskQueue = `${interpreter.taskQueue}-hand-written`;
    const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
    const worker = await Worker.create({
      connection,
      namespace: TEST_NAMESPACE,
      taskQueue,
      workflowBundle: await makeWorkflowBundle(
        new URL('../../test/interpreter/hand-written-workflow.ts', import.meta.url),
      ),
      activities: { work: (id: string) => Promise.resolve({ id }) },
    });
    const plain = await worker.runUntil(async () => {
      const handle = await interpreter.client.workflow.start('handWritten', {
        workflowId: taskQueue,
        taskQueue,
        args: [ids],
      });
      await handle.result();
      return eventTypes(handle);
    });
    await connection.close();
    const flow = await interpreter.start(ids.map((id, i) => echo(id, ids[i + 1])));
    await interpreter.result(flow);
    expect(await eventTypes(flow)).toEqual(plain);
  });
});

describe('a run outlives its worker', () => {
  it('does not repeat completed nodes, and dispatches the open one again', async () => {
    const nodes = [http('a', upstream.url('/ok/a'), 'h'), http('h', upstream.url('/hold/h'), 'c'), echo('c')];
    const handle = await interpreter.start(nodes);
    await interpreter.frames(handle, (frames) => statuses(frames).includes('h:started'));
    await interpreter.restart();
    upstream.release();
    expect((await interpreter.result(handle)).trace).toEqual(['a', 'h', 'c']);
    expect(upstream.count('/ok/a')).toBe(1);
    expect(upstream.count('/hold/h')).toBe(2);
  });
});

/** Six events each; the engine of the tests suggests to go on as a new run after 600. */
const MANY_NODES = longOr(120, 720);

describe('continue as new', () => {
  const ids = Array.from({ length: MANY_NODES }, (_, i) => `n${i}`);

  it('goes on with the same trace and state when the engine suggests it', { timeout: 240_000 }, async () => {
    const handle = await interpreter.start(
      ids.map((id, i) => echo(id, ids[i + 1])),
      { seed: 1 },
    );
    const result = await interpreter.result(handle);
    expect(result.trace).toEqual(ids);
    const output = { executed: true, taskType: 'echo', params: {} };
    expect(result.state).toEqual({ seed: 1, ...Object.fromEntries(ids.map((id) => [id, output])) });
    expect(Object.keys(result.state)).toEqual(['seed', ...ids]);
    const { raw, searchAttributes } = await interpreter.client.workflow.getHandle(handle.workflowId).describe();
    expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(raw.workflowExecutionInfo?.execution?.runId);
    expect(searchAttributes).toMatchObject({ flowId: ['f1'], triggerType: ['manual'] });
    // Every frame once; those of one node come from two processes, so their order is the readers' to make.
    const shown = statuses(await interpreter.frames(handle));
    const expected = ids.flatMap((id) => ['scheduled', 'started', 'completed'].map((status) => `${id}:${status}`));
    expect(shown.toSorted()).toEqual(expected.toSorted());
  });

  it('goes on below a parent, which waits for the last part', { timeout: 240_000 }, async () => {
    await interpreter.flows.publish(
      'long',
      ids.map((id, i) => echo(id, ids[i + 1])),
    );
    const handle = await interpreter.start([subFlow('c', 'long', 'z', { seed: 1 }), echo('z')]);
    const { trace, state } = await interpreter.result(handle);
    expect(trace).toEqual(['c', 'z']);
    expect(Object.keys(state['c'] as object)).toEqual(['seed', ...ids]);
    const { raw } = await interpreter.client.workflow.getHandle(`${handle.workflowId}-c`).describe();
    expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(raw.workflowExecutionInfo?.execution?.runId);
  });
});
