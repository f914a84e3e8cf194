import type { Call } from '@flowplane/runtime/api';
import { expect, it } from 'vitest';
import { retryPoint } from './executions/retry-point.js';
import { signalExecution } from './executions/signal-route.js';
import { createFlow, updateFlow } from './flows/flow-routes.js';
import type { ShellContext } from './shell-context.js';

const LONG = 'x'.repeat(257);
/** What is refused here is refused before anything of the context is looked at. */
const CONTEXT = {} as ShellContext;

const callOf = (body: object, params: Readonly<Record<string, string>> = {}): Call =>
  ({
    ...{ tenantId: 'T', workspaceId: 'W', headers: {}, query: {}, method: 'POST', params },
    body: Buffer.from(JSON.stringify(body)),
  }) as unknown as Call;
const run = { flowId: 'f', executionId: 'T:W:f:r' };

it.each([
  ['name of a new flow', () => createFlow(CONTEXT, callOf({ name: LONG })), 'NAME_REQUIRED'],
  ['name of a flow', () => updateFlow(CONTEXT, callOf({ name: LONG }, { flowId: 'f' })), 'NAME_REQUIRED'],
  [
    'signal',
    () => signalExecution(CONTEXT, callOf({ approved: true }, { ...run, signalName: LONG })),
    'INVALID_SIGNAL',
  ],
  [
    'actor of a signal',
    () => signalExecution(CONTEXT, callOf({ approved: true, actor: LONG }, { ...run, signalName: 's' })),
    'INVALID_SIGNAL',
  ],
])('%s: at most 256 characters', async (_what, ask, code) => {
  await expect(ask()).rejects.toMatchObject({ problem: { status: 400, code } });
});

it('characters are counted, not their halves', async () => {
  const emoji = (count: number) => createFlow(CONTEXT, callOf({ name: '👍'.repeat(count), flowId: '-' }));
  await expect(emoji(256)).rejects.toMatchObject({ problem: { code: 'INVALID_FLOW_ID' } });
  await expect(emoji(257)).rejects.toMatchObject({ problem: { code: 'NAME_REQUIRED' } });
});

it('a node id that is too long is no point to retry from', () => {
  expect(retryPoint(LONG)).toBe('node:');
  expect(retryPoint({ nodeId: LONG })).toBe('node:');
  expect(retryPoint('n')).toBe('node:n');
});
