import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ABUSED_INPUTS, ABUSIVE_EXPRESSIONS } from '../../test/interpreter/abusive-expressions.js';
import { branch, echo } from '../../test/interpreter/nodes.js';
import { openTestInterpreter, type TestInterpreter } from '../../test/interpreter/test-interpreter.js';

let interpreter: TestInterpreter;
beforeAll(async () => {
  interpreter = await openTestInterpreter({ FLOWS_EXPR_TIMEOUT: '500ms' });
});
afterAll(() => interpreter.close());

it('runs with abusive expressions fail at their node, all at once, while others complete', async () => {
  // Started in turn, since each stores a megabyte over the two connections of the test; they run side by side.
  const abusive: WorkflowHandle[] = [];
  for (const { text } of ABUSIVE_EXPRESSIONS) {
    const nodes = [branch('abuse', [[text, 'after']], 'after'), echo('after')];
    abusive.push(await interpreter.start(nodes, ABUSED_INPUTS));
  }
  const honest = await Promise.all(
    Array.from({ length: 5 }, () =>
      interpreter.start([branch('b', [['x == 2', 'a']]), echo('a', undefined, { n: '${{ x + 1 }}' })], { x: 2 }),
    ),
  );
  for (const handle of honest) {
    expect((await interpreter.result(handle)).state['a']).toMatchObject({ params: { n: 3 } });
  }
  const failures = await Promise.all(abusive.map((handle) => interpreter.failure(handle)));
  for (const [index, failure] of failures.entries()) {
    const { name, reason } = ABUSIVE_EXPRESSIONS[index] ?? { name: '', reason: /^$/ };
    expect(failure, name).toMatchObject({ nodeId: 'abuse', code: 'InvalidExpression' });
    expect(failure.message, name).toMatch(reason);
  }
  const template = { all: '${{ list.map(i, text) }}' };
  const huge = await interpreter.start([echo('abuse', undefined, template)], ABUSED_INPUTS);
  expect(await interpreter.failure(huge)).toMatchObject({ nodeId: 'abuse', code: 'InvalidExpression' });
}, 180_000);
