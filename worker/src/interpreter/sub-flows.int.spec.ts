import { createHash } from 'node:crypto';
import type { FlowNode, JsonObject } from '@flowplane/contracts';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approval, branch, echo, http, parallel, subFlow, wait } from '../../test/interpreter/nodes.js';
import { openTestInterpreter, statuses, type TestInterpreter } from '../../test/interpreter/test-interpreter.js';
import { openUpstream, type Upstream } from '../../test/interpreter/upstream.js';

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

const childOf = (parent: WorkflowHandle, nodeId: string): WorkflowHandle =>
  interpreter.client.workflow.getHandle(`${parent.workflowId}-${nodeId}`);
const statusOf = async (handle: WorkflowHandle): Promise<string> => (await handle.describe()).status.name;
const publish = (flowId: string, nodes: FlowNode[]): Promise<void> => interpreter.flows.publish(flowId, nodes);

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 50));
}
async function activitiesOf(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityId ?? []);
}

describe('a sub-flow', () => {
  it('runs as a child whose whole final state becomes the output, and whose frames stand beside the parent’s', async () => {
    await publish('pricing', [http('price', upstream.url('/ok/price'), 'facts'), echo('facts', undefined, FACTS)]);
    const nodes = [subFlow('quote', 'pricing', 'z', { skus: '${{ skus }}' }), echo('z', undefined, READ_CHILD)];
    const handle = await interpreter.start(nodes, { skus: ['a'], hidden: 1 });
    const { trace, state } = await interpreter.result(handle);
    expect(trace).toEqual(['quote', 'z']);
    const child = childOf(handle, 'quote');
    expect(state['quote']).toMatchObject({ skus: ['a'], price: { status: 'success', httpStatus: 200 } });
    expect(paramsOf(state['quote'], 'facts')).toEqual({
      id: child.workflowId,
      flow: 'pricing',
      version: 1,
      trigger: 'manual',
      inputs: { skus: ['a'] },
    });
    expect(state['z']).toMatchObject({ params: { http: 200 } });
    expect(statuses(await interpreter.frames(handle))).toEqual([
      ...['quote:started', 'quote:completed'],
      ...['z:scheduled', 'z:started', 'z:completed'],
    ]);
    const below = await interpreter.frames(child, (told) => statuses(told).includes('facts:completed'));
    expect(statuses(below)).toEqual([
      ...['price:scheduled', 'price:started', 'price:completed'],
      ...['facts:scheduled', 'facts:started', 'facts:completed'],
    ]);
    // A run of a sub-flow has no lines and no end in the topic: it is its parent's.
    expect(new Set(below.map(({ type }) => type))).toEqual(new Set(['NodeFrame']));
    const facts = JSON.stringify({ subFlow: { path: ['quote'], version: '1' } });
    const place = { root: handle.workflowId, facts, flowId: 'pricing', generation: 0 };
    for (const { data } of below) expect(data).toMatchObject(place);
    expect([await activitiesOf(handle), await activitiesOf(child)]).toEqual([['z'], ['price', 'facts']]);
    const { searchAttributes } = await child.describe();
    expect(searchAttributes).toMatchObject({ tenantId: ['t1'], flowId: ['pricing'], triggerType: ['manual'] });
  });

  it('is pinned when its node is reached: what is published or deleted later changes nothing', async () => {
    await publish('pinned', [wait('w', 'PT1S', 'old'), echo('old')]);
    const handle = await interpreter.start([subFlow('c', 'pinned')]);
    await until(async () => (await statusOf(childOf(handle, 'c'))) === 'RUNNING');
    await interpreter.flows.remove('pinned');
    expect(Object.keys((await interpreter.result(handle)).state['c'] as JsonObject)).toEqual(['old']);
  });

  it('keeps a large definition, input and state out of the history of its parent', async () => {
    const big = 'x'.repeat(1_500_000);
    const nodes = [echo('a', 'b', { big: '${{ big }}' }), echo('b', undefined, { big: '${{ big }}' })];
    const large = { apiVersion: 'v1.0' as const, name: 'large', nodes, canvasMetadata: { note: big } };
    await interpreter.flows.publish('large', large);
    const handle = await interpreter.start([subFlow('c', 'large', 'd', { big: '${{ big }}' }), echo('d')], { big });
    const { state } = await interpreter.result(handle);
    expect(paramsOf(state['c'], 'b')).toEqual({ big });
    expect((await handle.describe()).historySize).toBeLessThan(20_000);
    const frames = await interpreter.frames(handle);
    const completed = frames.find(({ data, type }) => type === 'NodeFrame' && data.status === 'completed');
    expect(completed).toMatchObject({ data: { nodeId: 'c', output: { json: null, ref: expect.any(String) } } });
  });

  it('whose state makes that of the parent too large fails it', async () => {
    await publish('wide', [echo('a', undefined, { big: '${{ big }}' })]);
    const big = 'x'.repeat(700);
    const limits = { maxStateBytes: 2000 };
    const handle = await interpreter.start([subFlow('c', 'wide', undefined, { big })], { big }, { limits });
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'c', code: 'StateTooLarge' });
  });

  it('may be started many times at once, also under ids that read alike', async () => {
    await publish('outer', [subFlow('b', 'leaf')]);
    await publish('leaf', [wait('w', 'PT1S')]);
    const nodes = [
      parallel('p', ['a', 'a-b', 'c']),
      subFlow('a', 'outer'),
      subFlow('a-b', 'leaf'),
      subFlow('c', 'leaf'),
    ];
    const handle = await interpreter.start(nodes);
    expect((await interpreter.result(handle)).state).toEqual({ a: { b: {} }, 'a-b': {}, c: {} });
    const hashes = ['a-b', 'b'].map((id) => createHash('sha256').update(id).digest('hex'));
    const ids = [`${handle.workflowId}-${hashes[0]}`, `${handle.workflowId}-a-${hashes[1]}`];
    const described = await Promise.all(
      ids.map((id) => statusOf(interpreter.client.workflow.getHandle(id)).catch(() => null)),
    );
    expect(described.filter((status) => status === 'COMPLETED')).toHaveLength(1);
  });
});

const FACTS = {
  id: '${{ execution.id }}',
  flow: '${{ execution.flowId }}',
  version: '${{ execution.version }}',
  trigger: '${{ execution.triggerType }}',
  inputs: '${{ inputs }}',
};
const READ_CHILD = { http: '${{ quote.price.httpStatus }}' };
const paramsOf = (state: unknown, nodeId: string): unknown =>
  (state as Record<string, { params: unknown }>)[nodeId]?.params;

describe('an id that the engine cannot keep', () => {
  it('of a sub-flow node with a long id is replaced by a hash, and the run ends', async () => {
    await publish('end', [wait('w', 'PT0S')]);
    for (const nodeId of ['n'.repeat(200), '🚀'.repeat(200)]) {
      const handle = await interpreter.start([subFlow(nodeId, 'end')]);
      expect((await interpreter.result(handle)).trace).toEqual([nodeId]);
    }
  });

  it('of the tenth level below ordinary names is, too', async () => {
    const name = 'collect-the-monthly-figures';
    await publish('level-0', [wait('w', 'PT0S')]);
    for (let level = 1; level < 10; level++) await publish(`level-${level}`, [subFlow(name, `level-${level - 1}`)]);
    const handle = await interpreter.start([subFlow(name, 'level-9')]);
    expect((await interpreter.result(handle)).trace).toEqual([name]);
  });

  it('of a task fails the run', async () => {
    const nodeId = '🚀'.repeat(256);
    const handle = await interpreter.start([echo(nodeId)]);
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId, code: 'ENGINE_REFUSED' });
  });
});

describe('what fails a sub-flow node', () => {
  const failureOf = async (node: FlowNode, more = {}): Promise<unknown> => {
    const handle = await interpreter.start([node], {}, more);
    const { nodeId, code } = await interpreter.failure(handle);
    const frames = await interpreter.frames(handle);
    expect(statuses(frames)).toEqual([`${node.id}:started`, `${node.id}:failed`]);
    expect(frames.filter(({ type }) => type === 'LogFrame')).toMatchObject([{ data: { level: 'error' } }]);
    return `${nodeId} ${code}`;
  };
  const anyVersion = (flowVersion: string): FlowNode => ({ id: 'c', type: 'sub-flow', flowId: 'there', flowVersion });
  beforeAll(() => publish('there', [wait('w', 'PT0S')]));

  it.each(['v1', '0', '-1', '1.5', '01', '1000000000', ''])('version %j', async (version) => {
    expect(await failureOf(anyVersion(version))).toBe('c InvalidFlowVersion');
  });

  it('a version, a flow or a workspace where there is none, and a deleted flow', async () => {
    await interpreter.flows.publish('foreign', [wait('w', 'PT0S')], { tenantId: 't1', workspaceId: 'w2' });
    await interpreter.flows.publish('stranger', [wait('w', 'PT0S')], { tenantId: 't2', workspaceId: 'w1' });
    await publish('gone', [wait('w', 'PT0S')]);
    await interpreter.flows.remove('gone');
    expect(await failureOf(anyVersion('2'))).toBe('c FlowDefinitionNotFound');
    for (const flowId of ['nowhere', 'foreign', 'stranger', 'gone']) {
      expect(await failureOf(subFlow('c', flowId))).toBe('c FlowDefinitionNotFound');
    }
  });

  it('a definition without nodes', async () => {
    await publish('empty', []);
    expect(await failureOf(subFlow('c', 'empty'))).toBe('c InvalidFlowDefinition');
  });

  it('an input that cannot be evaluated, or is too large', async () => {
    expect(await failureOf(subFlow('c', 'there', undefined, { x: '${{ missing }}' }))).toBe('c InvalidExpression');
    const text = 'x'.repeat(2_097_152);
    expect(await failureOf(subFlow('c', 'there', undefined, { text }))).toBe('c PAYLOAD_TOO_LARGE');
  });

  it('the code of a child that fails, however deep', async () => {
    await publish('bottom', [branch('b', [['1', 'x']], 'x'), wait('x', 'PT0S')]);
    await publish('middle', [subFlow('deep', 'bottom')]);
    expect(await failureOf(subFlow('c', 'middle'))).toBe('c InvalidExpression');
  });

  it('a child that an operator ended', async () => {
    await publish('long', [wait('w', 'PT1H')]);
    for (const end of ['terminate', 'cancel'] as const) {
      const handle = await interpreter.start([subFlow('c', 'long')]);
      await until(async () => (await statusOf(childOf(handle, 'c'))) === 'RUNNING');
      await childOf(handle, 'c')[end]();
      expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'c', code: 'INTERNAL_ERROR' });
      expect(await statusOf(handle)).toBe('FAILED');
    }
  });

  it('the eleventh level, or the one after the configured last', async () => {
    await publish('nest-0', [wait('w', 'PT0S')]);
    for (let level = 1; level <= 10; level++) await publish(`nest-${level}`, [subFlow('down', `nest-${level - 1}`)]);
    const ten = await interpreter.start([subFlow('down', 'nest-9')]);
    expect(JSON.stringify((await interpreter.result(ten)).state)).toBe(`${'{"down":'.repeat(10)}{}${'}'.repeat(10)}`);
    expect(await failureOf(subFlow('c', 'nest-10'))).toBe('c SubFlowDepthExceeded');
    const limits = { subFlowMaxDepth: 2 };
    expect((await interpreter.result(await interpreter.start([subFlow('c', 'nest-1')], {}, { limits }))).trace).toEqual(
      ['c'],
    );
    expect(await failureOf(subFlow('c', 'nest-2'), { limits })).toBe('c SubFlowDepthExceeded');
    expect(await failureOf(subFlow('c', 'nest-0'), { limits: { subFlowMaxDepth: 0 } })).toBe('c SubFlowDepthExceeded');
  });
});

describe('how many sub-flows a run starts', () => {
  const inParallel = (nodeIds: readonly string[], flowId: string): FlowNode[] => [
    parallel('p', [...nodeIds]),
    ...nodeIds.map((nodeId) => subFlow(nodeId, flowId)),
  ];
  /** Most children that were open at once, by the run's own history, and how many there were. */
  const childrenOf = async (handle: WorkflowHandle): Promise<{ readonly most: number; readonly all: number }> => {
    let [open, most, all] = [0, 0, 0];
    for (const event of (await handle.fetchHistory()).events ?? []) {
      const isStart = Boolean(event.startChildWorkflowExecutionInitiatedEventAttributes);
      [open, all] = isStart ? [open + 1, all + 1] : [open, all];
      if (event.childWorkflowExecutionCompletedEventAttributes) open -= 1;
      most = Math.max(most, open);
    }
    return { most, all };
  };
  beforeAll(async () => {
    await publish('one', [wait('w', 'PT0S')]);
    await publish('four', inParallel(['a', 'b', 'c', 'd'], 'one'));
  });

  it('is counted before the first of them, and one with too many fails there', async () => {
    const nodes = [wait('z', 'PT0S', 'p'), ...inParallel(['x', 'y'], 'four')];
    const limits = { subFlowMaxRuns: 9, subFlowMaxOpen: 100 };
    const handle = await interpreter.start(nodes, {}, { limits });
    const { code, message } = await interpreter.failure(handle);
    expect({ code, message }).toEqual({
      code: 'SubFlowLimitExceeded',
      message: 'One run could start 10 runs of sub-flows; the limit is 9.',
    });
    expect(await childrenOf(handle)).toEqual({ most: 0, all: 0 });
  });

  it('has no end where a flow that was made again leads back to itself, and fails', async () => {
    await publish('there-and', [subFlow('n', 'back')]);
    await publish('back', [subFlow('n', 'there-and')]);
    const handle = await interpreter.start([subFlow('c', 'there-and')]);
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'c', code: 'SubFlowLimitExceeded' });
  });

  it('at once is bounded: the others wait for a place', async () => {
    const nodeIds = Array.from({ length: 8 }, (_, index) => `n${index}`);
    const limits = { subFlowMaxRuns: 8, subFlowMaxOpen: 3 };
    const handle = await interpreter.start(inParallel(nodeIds, 'one'), {}, { limits });
    expect((await interpreter.result(handle)).trace).toEqual(['p', ...nodeIds]);
    expect(await childrenOf(handle)).toEqual({ most: 3, all: 8 });
  });

  it('at once is bounded over all levels', async () => {
    const limits = { subFlowMaxRuns: 10, subFlowMaxOpen: 3 };
    const handle = await interpreter.start(inParallel(['x', 'y'], 'four'), {}, { limits });
    await interpreter.result(handle);
    // Each of the two needs two places, one of them below it.
    expect(await childrenOf(handle)).toEqual({ most: 1, all: 2 });
    for (const nodeId of ['x', 'y']) expect(await childrenOf(childOf(handle, nodeId))).toEqual({ most: 1, all: 4 });
  });

  it('does not keep a run from being cancelled while some of them wait', async () => {
    await publish('endless', [wait('w', 'PT1H')]);
    const limits = { subFlowMaxRuns: 2, subFlowMaxOpen: 1 };
    const handle = await interpreter.start(inParallel(['x', 'y'], 'endless'), {}, { limits });
    await until(async () => (await statusOf(childOf(handle, 'x'))) === 'RUNNING');
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect(await Promise.all([handle, childOf(handle, 'x')].map(statusOf))).toEqual(['CANCELLED', 'CANCELLED']);
    expect((await childrenOf(handle)).all).toBe(1);
  });
});

describe('a read model that lags', () => {
  it('is waited for as far as the place in the log at which the run was asked for', async () => {
    await interpreter.flows.projected(5);
    const requestedAt = { partition: 0, offset: 7 };
    const handle = await interpreter.start([subFlow('c', 'late')], {}, { requestedAt });
    const inner = await interpreter.start([subFlow('c', 'nowhere')], {}, { requestedAt: { partition: 0, offset: 5 } });
    expect(await interpreter.failure(inner)).toMatchObject({ code: 'FlowDefinitionNotFound' });
    await publish('late', [wait('w', 'PT0S')]);
    await interpreter.flows.projected(7);
    expect((await interpreter.result(handle)).state).toEqual({ c: {} });
  });
});

describe('the end of a parent', () => {
  it('cancels what runs below it, at any depth, and waits for it', async () => {
    await publish('parked', [
      parallel('p', ['w', 'ok', 'h']),
      wait('w', 'PT1H'),
      approval('ok'),
      http('h', upstream.url('/hold/parked')),
    ]);
    await publish('between', [subFlow('deep', 'parked')]);
    const handle = await interpreter.start([subFlow('c', 'between')]);
    const deep = interpreter.client.workflow.getHandle(`${handle.workflowId}-c-deep`);
    await until(() => Promise.resolve(upstream.count('/hold/parked') > 0));
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect(await Promise.all([handle, childOf(handle, 'c'), deep].map(statusOf))).toEqual(Array(3).fill('CANCELLED'));
    expect(statuses(await interpreter.frames(handle))).toEqual(['c:started']);
  });

  it('by a failure beside it cancels the child', async () => {
    const nodes = [
      parallel('p', ['c', 'w']),
      subFlow('c', 'long'),
      wait('w', 'PT1S', 'n'),
      branch('n', [['1', 'x']], 'x'),
      echo('x'),
    ];
    const handle = await interpreter.start(nodes);
    expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'n', code: 'InvalidExpression' });
    await until(async () => (await statusOf(childOf(handle, 'c'))) === 'CANCELLED');
  });
});

describe('a child outlives its worker', () => {
  it('does not repeat what it has done', async () => {
    await publish('held', [
      http('a', upstream.url('/ok/held'), 'h'),
      http('h', upstream.url('/hold/held'), 'z'),
      echo('z'),
    ]);
    const handle = await interpreter.start([subFlow('c', 'held', 'end'), echo('end')]);
    await until(() => Promise.resolve(upstream.count('/hold/held') > 0));
    await interpreter.restart();
    upstream.release();
    expect((await interpreter.result(handle)).trace).toEqual(['c', 'end']);
    expect([upstream.count('/ok/held'), upstream.count('/hold/held')]).toEqual([1, 2]);
  });
});
