import type { Frame, NodeFacts, NodeStatus } from '@flowplane/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { APPROVAL_SIGNAL } from '../shared/run-input.js';
import { approval, branch, echo, http, parallel, wait } from '../../test/interpreter/nodes.js';
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

/** What the frame of a node with a status tells beside it. */
function factsOf(frames: readonly Frame[], nodeId: string, status: NodeStatus): NodeFacts | null {
  for (const { type, data } of frames) {
    if (type === 'NodeFrame' && data.nodeId === nodeId && data.status === status) {
      return JSON.parse(data.facts ?? 'null') as NodeFacts | null;
    }
  }
  throw new Error(`no frame ${nodeId}:${status}`);
}

it('what was decided before a task is in the record of its end, once', async () => {
  const handle = await interpreter.start(
    [
      branch('choose', [['inputs.n > 5', 'never']], 'rest'),
      wait('rest', "${{ 'PT' + '0.2S' }}", 'ask'),
      approval('ask', 'expire'),
      approval('expire', 'a', 'PT0.1S'),
      echo('a', 'b'),
      echo('b'),
      echo('never'),
    ],
    { n: 1 },
  );
  await interpreter.frames(handle, (frames) => statuses(frames).includes('ask:waiting-approval'));
  const decision = { commandId: 'c1', nodeId: null, approved: true, actor: 'u1', onBehalfOf: null };
  await handle.signal(APPROVAL_SIGNAL, decision);
  expect((await interpreter.result(handle)).trace).toEqual(['choose', 'rest', 'ask', 'expire', 'a', 'b']);
  const frames = await interpreter.frames(handle);
  const begun = frames.flatMap(({ type, data }) => (type === 'NodeFrame' && data.status === 'started' ? [data] : []));
  const { startedAt = null } = begun.find(({ nodeId }) => nodeId === 'rest') ?? {};
  expect(factsOf(frames, 'rest', 'started')).toEqual({ dueAt: Number(startedAt) + 200 });
  expect(factsOf(frames, 'choose', 'completed')).toEqual({ decision: { arm: -1 } });
  expect(factsOf(frames, 'ask', 'completed')).toEqual({ decision: { signal: 'c1' } });
  expect(factsOf(frames, 'a', 'completed')).toEqual({
    decided: [
      { nodeId: 'choose', arm: -1 },
      { nodeId: 'rest' },
      { nodeId: 'ask', signal: 'c1' },
      { nodeId: 'expire', signal: null },
    ],
  });
  expect(factsOf(frames, 'b', 'completed')).toBeNull();
  await interpreter.replay(handle);
});

it('tasks beside each other all have it, and one that fails as well', async () => {
  const handle = await interpreter.start([
    branch('choose', [['true', 'both']]),
    parallel('both', ['slow', 'quick']),
    http('slow', upstream.url('/hold/slow'), 'bad'),
    echo('quick', 'next'),
    wait('next', 'PT0S', 'last'),
    echo('last'),
    http('bad', 'http://127.0.0.1:1/never'),
  ]);
  await interpreter.frames(handle, (frames) => statuses(frames).includes('last:completed'));
  upstream.release();
  expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'bad' });
  const frames = await interpreter.frames(handle);
  const choice = { nodeId: 'choose', arm: 0 };
  expect(factsOf(frames, 'quick', 'completed')).toEqual({ decided: [choice] });
  expect(factsOf(frames, 'slow', 'completed')).toEqual({ decided: [choice] });
  expect(factsOf(frames, 'last', 'completed')).toEqual({ decided: [{ nodeId: 'next' }] });
  expect(factsOf(frames, 'bad', 'failed')).toBeNull();
});

it('the failure that ends a task has it, one that is tried again does not', async () => {
  const handle = await interpreter.start([
    branch('choose', [['true', 'bad']]),
    http('bad', upstream.url('/breaks/2/bad'), undefined, { initialInterval: 'PT0.1S', maxAttempts: 2 }),
  ]);
  expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'bad' });
  const frames = await interpreter.frames(handle);
  expect(factsOf(frames, 'bad', 'retrying')).toBeNull();
  expect(factsOf(frames, 'bad', 'failed')).toEqual({ decided: [{ nodeId: 'choose', arm: 0 }] });
});
