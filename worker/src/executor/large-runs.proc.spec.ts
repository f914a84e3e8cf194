import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FinalNode, FlowNode, RecordExecutionClosed } from '@flowplane/contracts';
import { makeContentStore } from '@flowplane/runtime/content-store';
import { until } from '@flowplane/plumbing/test/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExecutor } from '../../test/executor/run-executor.js';
import { startTrial, type Trial } from '../../test/executor/trial.js';
import { openUpstream, type Upstream } from '../../test/interpreter/upstream.js';

const WORKER = fileURLToPath(new URL('../../dist/interpreter/main.js', import.meta.url));
/** What is recorded of them is 18 MB: more than is begun in one history. */
const NODES = 75;
const DEADLINE_MS = 240_000;
const INPUT_BYTES = 120_000;

let trial: Trial;
let upstream: Upstream;
let worker: ChildProcess;
beforeAll(async () => {
  upstream = await openUpstream();
  trial = await startTrial();
  const env = { PATH: process.env['PATH'], ...trial.env, FLOWS_HTTP_ALLOW_HOSTS: upstream.host };
  worker = spawn(process.execPath, [WORKER], { env, stdio: 'ignore' });
  const ids = Array.from({ length: NODES }, (_, index) => `n${index}`);
  const tasks = ids.map((id): FlowNode => ({
    ...{ id, type: 'task', taskType: 'http.request' },
    input: { url: upstream.url(`/ok/${id}`), method: 'POST', body: '${{ inputs.text }}' },
  }));
  const all: FlowNode = { id: 'all', type: 'parallel', branches: ids };
  await trial.publish('F', { apiVersion: 'v1.0', name: 'large', nodes: [all, ...tasks] });
}, 120_000);
afterAll(async () => {
  const exited = once(worker, 'exit');
  worker.kill('SIGTERM');
  await exited;
  await trial.end();
  await upstream.close();
});

/** Runs the flow and waits for the report of its end. */
async function closedRun(
  env: Readonly<Record<string, string>> = {},
): Promise<RecordExecutionClosed['data'] & { readonly audits: Readonly<Record<string, number>> }> {
  // The sweep may find a run before the run has said its end.
  const executor = await runExecutor({ ...trial.env, FLOWS_CLOSE_FROM: 'audit', FLOWS_SWEEP_INTERVAL: '1h', ...env });
  const executionId = `T:W:F:${randomUUID()}`;
  const at = await trial.log.append(trial.scope, 'ExecutionRequested', {
    ...{ flowId: 'F', executionId, version: 1, triggerType: 'manual' },
    ...{
      input: JSON.stringify({ text: 'x'.repeat(INPUT_BYTES) }),
      retriedFrom: null,
      retryFrom: null,
      trigger: null,
      labels: '{}',
    },
  });
  await trial.projected(at.partition, at.offset + 1);
  const report = await until(
    'the report of its end',
    async () => {
      const ends = (await trial.commands()).filter((command) => command.type === 'RecordExecutionClosed');
      return ends.find(({ data }) => data.executionId === executionId)?.data;
    },
    DEADLINE_MS,
  );
  const audits = await until('its audit', async () => {
    const counted = await executor.counted('flows_executor_close_audits_total');
    return Object.keys(counted).length > 0 ? counted : undefined;
  });
  await executor.close();
  return { ...report, audits };
}

describe(
  'a run whose tasks had more input at once than one content, or one request to the engine, may have',
  { timeout: 2 * DEADLINE_MS },
  () => {
    it('is closed, with a table that has its large values by reference', async () => {
      const report = await closedRun();
      // It went on as a new one in between, and its journal says the same as its history.
      expect(report).toMatchObject({ status: 'Completed', failure: null, audits: { same: 1 } });
      const store = makeContentStore(trial.statePool);
      const table = JSON.parse(
        report.nodes?.json ?? (await store.get(report.nodes?.ref ?? '')).toString('utf8'),
      ) as FinalNode[];
      expect(table).toHaveLength(NODES + 1);
      expect(report.nodes?.sizeBytes).toBeLessThan(1_000_000);
      const row = table.find(({ nodeId }) => nodeId === 'n7');
      expect(row?.input).toMatchObject({ json: null, ref: expect.any(String) });
      const input = JSON.parse((await store.get(row?.input?.ref ?? '')).toString('utf8')) as { readonly body: string };
      expect(input.body).toHaveLength(INPUT_BYTES);
    });

    it('fails where they are beyond the bound', async () => {
      const report = await closedRun({ FLOWS_MAX_TASK_INPUT_BYTES: '2000000' });
      expect(report).toMatchObject({ status: 'Failed', failure: { code: 'StateTooLarge' } });
    });
  },
);
