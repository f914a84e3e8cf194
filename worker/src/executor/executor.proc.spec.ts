import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '@flowplane/plumbing/test/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTrial, type Trial } from '../../test/executor/trial.js';

const MAIN = fileURLToPath(new URL('../../dist/executor/main.js', import.meta.url));

let trial: Trial;
const children: ChildProcess[] = [];
beforeAll(async () => {
  trial = await startTrial();
  await trial.publish('F', {
    apiVersion: 'v1.0',
    name: 'trial',
    nodes: [{ id: 'pause', type: 'wait', duration: 'PT1H' }],
  });
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await trial.end();
});

function boot(env: Readonly<Record<string, string | undefined>>): ChildProcess {
  const child = spawn(process.execPath, [MAIN], { env: { PATH: process.env['PATH'], ...env }, stdio: 'ignore' });
  children.push(child);
  return child;
}
const exitOf = async (child: ChildProcess): Promise<unknown> =>
  child.exitCode ?? ((await once(child, 'exit')) as unknown[]).find((how) => how !== null);

describe('the executor process', () => {
  it('started the run, died before its report: one run, reported once', async () => {
    const executionId = `T:W:F:${randomUUID()}`;
    const data = {
      flowId: 'F',
      executionId,
      version: 1,
      input: '{}',
      triggerType: 'manual',
      retriedFrom: null,
      retryFrom: null,
      trigger: null,
      labels: '{}',
    } as const;
    const at = await trial.log.append(trial.scope, 'ExecutionRequested', data);
    await trial.projected(at.partition, at.offset + 1);

    const doomed = boot({ ...trial.env, FLOWS_FAULT_POINT: 'executor-after-start-exit' });
    expect(await exitOf(doomed)).toBe('SIGKILL');
    const handle = trial.temporal.workflow.getHandle(executionId);
    const { runId } = await handle.describe();
    expect(await trial.commands()).toEqual([]);

    const successor = boot(trial.env);
    await until('the report', async () => (await trial.commands()).length > 0, 60_000);
    expect((await handle.describe()).runId).toBe(runId);
    successor.kill('SIGTERM');
    expect(await exitOf(successor)).toBe(0);
    const commands = await trial.commands();
    expect(commands.map(({ type }) => type)).toEqual(['RecordExecutionStarted']);
  });

  it('refuses to boot without a usable secret, and with a fault point in production', async () => {
    const production = { ...trial.env, NODE_ENV: 'production', FLOWS_FAULT_POINT: 'executor-after-start-exit' };
    const environments = [
      { ...trial.env, FLOW_EXECUTION_TOKEN_SECRET: undefined },
      { ...trial.env, FLOW_EXECUTION_TOKEN_SECRET: 'short' },
      production,
    ];
    expect(await Promise.all(environments.map((env) => exitOf(boot(env))))).toEqual([1, 1, 1]);
  });
});
