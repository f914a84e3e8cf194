import type { FlowNode, RetryPolicy } from '@flowplane/contracts';
import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openTestInterpreter, type TestInterpreter } from '../../../test/interpreter/test-interpreter.js';
import { openScriptedSmtp, SILENCE, type ScriptedSmtp } from '../../../test/tasks/scripted-smtp.js';

const PATIENCE = { timeout: 60_000 };

let smtp: ScriptedSmtp;
let interpreter: TestInterpreter;
beforeAll(async () => {
  smtp = await openScriptedSmtp();
  interpreter = await openTestInterpreter({
    FLOWS_SMTP_URL: `smtp://me:secret@127.0.0.1:${smtp.port}`,
    FLOWS_SMTP_FROM: 'flows@example.com',
    // Only the cancellation of an attempt may end a silence.
    FLOWS_SMTP_SOCKET_TIMEOUT: '10m',
  });
});
afterAll(async () => {
  await interpreter.close();
  await smtp.close();
});
afterEach(() => smtp.follow({}));

const mail = (retryPolicy: RetryPolicy): FlowNode => ({
  ...{ id: 'mail', type: 'task', taskType: 'email.send', retryPolicy },
  input: { to: ['${{ who }}'], subject: 'Hello', body: 'Good day' },
});

it('a message that the server did not take is sent again with its Message-ID', async () => {
  smtp.follow({ message: '451 later' });
  const retryPolicy = { maxAttempts: 100, initialInterval: 'PT0.1S', backoffCoefficient: 1 };
  const handle = await interpreter.start([mail(retryPolicy)], { who: 'a@example.com' });
  await expect.poll(() => smtp.messages().length, PATIENCE).toBeGreaterThanOrEqual(1);
  smtp.follow({});
  const result = await interpreter.result(handle);
  expect(result).toMatchObject({ status: 'completed' });
  const ids = smtp.messages().map((message) => /^Message-ID: (.+)\r$/m.exec(message)?.[1]);
  expect(ids.length).toBeGreaterThanOrEqual(2);
  expect(new Set(ids).size).toBe(1);
});

it('a refusal for good is not asked for twice', async () => {
  smtp.follow({ MAIL: '550 no' });
  const before = smtp.commands().length;
  const handle = await interpreter.start([mail({ maxAttempts: 5 })], { who: 'a@example.com' });
  expect(await interpreter.failure(handle)).toMatchObject({ nodeId: 'mail', code: 'UPSTREAM_ERROR' });
  const asked = smtp.commands().slice(before);
  expect(asked.filter((command) => command.startsWith('MAIL'))).toHaveLength(1);
});

it('a cancelled run closes the connection in the middle of a dialog', async () => {
  smtp.follow({ message: SILENCE });
  const before = smtp.messages().length;
  const timeouts = { startToClose: 'PT1H', heartbeat: 'PT4S' };
  const handle = await interpreter.start([mail({ maxAttempts: 1, timeouts })], { who: 'a@example.com' });
  await expect.poll(() => smtp.messages().length, PATIENCE).toBe(before + 1);
  expect(smtp.open()).toBeGreaterThanOrEqual(1);
  await handle.cancel();
  await expect.poll(() => smtp.open(), PATIENCE).toBe(0);
  await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
});
