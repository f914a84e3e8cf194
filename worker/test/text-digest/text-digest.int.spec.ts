import { registerTaskType, type FlowNode } from '@flowplane/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestInterpreter, type TestInterpreter } from '../interpreter/test-interpreter.js';
import { makeTextDigest } from './text-digest.js';
import { TEXT_DIGEST } from './text-digest-type.js';

let unregister: () => void;
let interpreter: TestInterpreter;
beforeAll(async () => {
  unregister = registerTaskType(TEXT_DIGEST);
  interpreter = await openTestInterpreter({ FLOWS_DEV_ECHO_TASKS: '0' }, new Map([['text.digest', makeTextDigest()]]));
});
afterAll(async () => {
  await interpreter.close();
  unregister();
});

const digest = (id: string, text: string, next?: string): FlowNode => ({
  ...{ id, type: 'task', taskType: 'text.digest', input: { text } },
  ...(next === undefined ? {} : { next }),
});

it('a type that a test has registered runs as any other', async () => {
  const handle = await interpreter.start(
    [digest('first', '${{ word }}', 'last'), digest('last', '${{ first.digest }}')],
    {
      word: 'abc',
    },
  );
  expect(await interpreter.result(handle)).toMatchObject({ status: 'completed', trace: ['first', 'last'] });
  const frames = await interpreter.frames(handle);
  const lines = frames.flatMap(({ type, data }) => (type === 'LogFrame' ? [`${data.nodeId} ${data.message}`] : []));
  expect(lines).toEqual(['first sha256 of 3 bytes', 'last sha256 of 64 bytes']);
  const refused = await interpreter.start([digest('empty', '')]);
  expect(await interpreter.failure(refused)).toMatchObject({ nodeId: 'empty', code: 'EMPTY_TEXT' });
});
