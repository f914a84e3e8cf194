import type { FlowNode, JsonObject } from '@flowplane/contracts';
import { longOr } from '@flowplane/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scheduledActivities } from '../../test/interpreter/history-file.js';
import { http } from '../../test/interpreter/nodes.js';
import { openTestInterpreter, type TestInterpreter } from '../../test/interpreter/test-interpreter.js';
import { openUpstream, type Upstream } from '../../test/interpreter/upstream.js';

const MIB = 1024 * 1024;
const MAX_IO_BYTES = 2 * MIB;
/** The engine ends a run at 50 MiB; inline, one of 20 tasks would need 60. */
const SMALL_HISTORY_BYTES = MIB / 4;
const TASKS = longOr(20, 60);
/** Their inputs are 4.8 MB together, and as much again as they are recorded; the engine takes 4 MiB at once. */
const SMALLER = 40;

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

describe(`${TASKS} tasks that each get 1.5 MiB and give back little`, () => {
  const ids = Array.from({ length: TASKS }, (_, index) => `n${index}`);
  const big = 'x'.repeat(1.5 * MIB);
  const post = (id: string, next?: string): FlowNode => ({
    id,
    type: 'task',
    taskType: 'http.request',
    input: { url: upstream.url(`/ok/${id}`), method: 'POST', body: { id, big: '${{ inputs.big }}' } },
    ...(next === undefined ? {} : { next }),
  });

  it('completes, with a history of a few bytes per task', { timeout: 240_000 }, async () => {
    const handle = await interpreter.start(
      ids.map((id, index) => post(id, ids[index + 1])),
      { big },
    );
    const { state } = await interpreter.result(handle);
    expect(Object.keys(state)).toEqual(['big', ...ids]);
    for (const id of ids) expect(state[id]).toMatchObject({ status: 'success', httpStatus: 200 });
    expect((await handle.describe()).historySize).toBeLessThan(SMALL_HISTORY_BYTES);
    expect(scheduledActivities(await handle.fetchHistory())).toEqual(ids);
  });

  it('complete all at once', { timeout: 240_000 }, async () => {
    const all: FlowNode = { id: 'all', type: 'parallel', branches: ids };
    const handle = await interpreter.start([all, ...ids.map((id) => post(id))], { big });
    const { state, trace } = await interpreter.result(handle);
    expect(trace).toEqual(['all', ...ids]);
    for (const id of ids) expect(state[id]).toMatchObject({ status: 'success', httpStatus: 200 });
    expect((await handle.describe()).historySize).toBeLessThan(SMALL_HISTORY_BYTES);
  });
});

describe(`${SMALLER} tasks at once whose inputs are small enough for the history, and together too many for one request`, () => {
  const ids = Array.from({ length: SMALLER }, (_, index) => `n${index}`);
  const text = 'x'.repeat(120_000);
  const all: FlowNode = { id: 'all', type: 'parallel', branches: ids };
  const nodesWith = (way: string, body: string): readonly FlowNode[] => [
    all,
    ...ids.map((id): FlowNode => {
      const input = { url: upstream.url(`/${way}/${id}`), method: 'POST', body };
      return { id, type: 'task', taskType: 'http.request', input };
    }),
  ];

  it.each([
    ['of the state', 'ok-state', '${{ inputs.text }}'],
    ['of the definition', 'ok-definition', 'x'.repeat(60_000)],
  ])('complete, with texts %s', { timeout: 240_000 }, async (_, way, body) => {
    const handle = await interpreter.start(nodesWith(way, body), { text });
    const { state, trace } = await interpreter.result(handle);
    expect(trace).toEqual(['all', ...ids]);
    for (const id of ids) expect(state[id]).toMatchObject({ status: 'success', httpStatus: 200 });
    await expect.poll(() => interpreter.replay(handle), { timeout: 120_000 }).toBeGreaterThan(0);
  });

  it('fail where they are more than the tasks of a run may be given', async () => {
    const handle = await interpreter.start(
      nodesWith('ok-bounded', '${{ inputs.text }}'),
      { text },
      { limits: { maxTaskInputBytes: MIB } },
    );
    expect(await interpreter.failure(handle)).toMatchObject({ code: 'StateTooLarge' });
  });
});

describe('the output of a task', () => {
  const outputBytes = (output: JsonObject): number => Buffer.byteLength(JSON.stringify(output));
  const fetchBytes = (bytes: number): FlowNode => {
    const node = http('h', upstream.url(`/bytes/${bytes}`));
    return { ...node, input: { ...(node as { input: JsonObject }).input, maxResponseBytes: 10 * MIB } } as FlowNode;
  };
  const output = async (bytes: number): Promise<JsonObject> => {
    const { state } = await interpreter.result(await interpreter.start([fetchBytes(bytes)]));
    return state['h'] as JsonObject;
  };

  it('may have 2 MiB, and not one byte more', async () => {
    // As many digits as the sizes below, so that the headers are as long.
    const around = outputBytes(await output(1_000_000)) - 1_000_000;
    const most = MAX_IO_BYTES - around;
    expect(outputBytes(await output(most - 1))).toBe(MAX_IO_BYTES - 1);
    expect(outputBytes(await output(most))).toBe(MAX_IO_BYTES);
    const tooMuch = await interpreter.start([fetchBytes(most + 1)]);
    expect(await interpreter.failure(tooMuch)).toMatchObject({ nodeId: 'h', code: 'PAYLOAD_TOO_LARGE' });
  });
});
