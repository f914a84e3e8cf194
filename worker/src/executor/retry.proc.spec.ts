import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  TOPICS,
  type FinalNode,
  type FlowNode,
  type RecordExecutionClosed,
  type StoredValue,
} from '@flowplane/contracts';
import { makeContentStore } from '@flowplane/runtime/content-store';
import { deleteTopics, ensureTopics } from '@flowplane/plumbing/kafka';
import { until } from '@flowplane/plumbing/test/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExecutor } from '../../test/executor/run-executor.js';
import { startTrial, type Trial } from '../../test/executor/trial.js';
import { approval, branch, echo, http, parallel, subFlow, wait } from '../../test/interpreter/nodes.js';
import { openUpstream, type Upstream } from '../../test/interpreter/upstream.js';
import { APPROVAL_SIGNAL } from '../shared/run-input.js';

const WORKER = fileURLToPath(new URL('../../dist/interpreter/main.js', import.meta.url));
const ELSEWHERE = `lost${randomUUID().slice(0, 8)}.`;
const RUNS = { ...TOPICS.runs, name: ELSEWHERE + TOPICS.runs.name };
const END_TIMEOUT_MS = 90_000;

let trial: Trial;
let upstream: Upstream;
let worker: ChildProcess;
let executor: { readonly close: () => Promise<void> };
beforeAll(async () => {
  [trial, upstream] = await Promise.all([startTrial(), openUpstream()]);
  await ensureTopics(trial.kafka, [RUNS], { partitions: trial.partitions, replicationFactor: 1 });
  // Every frame is lost: what a retry reuses comes from the history of its source alone.
  const env = {
    ...{ PATH: process.env['PATH'], ...trial.env },
    ...{ FLOWS_TOPIC_PREFIX: ELSEWHERE, FLOWS_HTTP_ALLOW_HOSTS: upstream.host },
  };
  worker = spawn(process.execPath, [WORKER], { env, stdio: 'ignore' });
  // Tables and outputs by reference.
  executor = await runExecutor({ ...trial.env, FLOWS_PAYLOAD_INLINE_MAX_BYTES: '256' });
});
afterAll(async () => {
  const exited = once(worker, 'exit');
  worker.kill('SIGTERM');
  await exited;
  await executor.close();
  await deleteTopics(trial.kafka, [RUNS.name]);
  await trial.end();
  await upstream.close();
});

type Report = RecordExecutionClosed['data'];
type Retry = { readonly retriedFrom: string; readonly retryFrom: string };

async function begin(flowId: string, input: object, retry?: Retry): Promise<string> {
  const executionId = `T:W:${flowId}:${randomUUID()}`;
  const origin = retry ?? { retriedFrom: null, retryFrom: null };
  const data = {
    flowId,
    executionId,
    version: 1,
    input: JSON.stringify(input),
    triggerType: 'manual',
    trigger: null,
    labels: '{}',
    ...origin,
  } as const;
  const at = await trial.log.append(trial.scope, 'ExecutionRequested', data);
  await trial.projected(at.partition, at.offset + 1);
  return executionId;
}
const closed = async (executionId: string): Promise<Report> => {
  const report = await trial.closed(executionId, END_TIMEOUT_MS);
  await trial.projectClosed(report);
  return report;
};
const valueOf = async (stored: StoredValue | null | undefined): Promise<unknown> => {
  if (!stored) return null;
  const text = stored.json ?? (await makeContentStore(trial.statePool).get(stored.ref ?? '')).toString('utf8');
  return JSON.parse(text);
};
const tableOf = async (report: Report): Promise<readonly FinalNode[]> => (await valueOf(report.nodes)) as FinalNode[];
const shown = (table: readonly FinalNode[]): readonly string[] =>
  table.map(({ nodeId, status, reused }) => `${nodeId} ${status}${reused ? ' reused' : ''}`);
const handleOf = (executionId: string) => trial.temporal.workflow.getHandle(executionId);
async function activitiesOf(executionId: string): Promise<string[]> {
  const { events } = await handleOf(executionId).fetchHistory();
  return (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityId ?? []);
}
const definition = (name: string, nodes: FlowNode[]) => ({ apiVersion: 'v1.0' as const, name, nodes });
const approve = (executionId: string, nodeId: string): Promise<void> =>
  handleOf(executionId).signal(APPROVAL_SIGNAL, {
    commandId: 'c1',
    nodeId,
    approved: true,
    actor: 'u1',
    onBehalfOf: null,
  });

describe('a run retried from what failed', () => {
  it('reuses what completed, over retries of retries, without a single frame', async () => {
    const once = { maxAttempts: 1 };
    await trial.publish('leaf', definition('leaf', [echo('x', undefined, { n: '${{ n }}' })]));
    await trial.publish(
      'R',
      definition('R', [
        echo('a', 'p', { big: '${{ big }}' }),
        parallel('p', ['choose', 'ok', 'z', 'c'], 'h'),
        branch('choose', [['false', 'never']], 'chosen'),
        ...[
          echo('never'),
          wait('chosen', 'PT0S'),
          approval('ok'),
          wait('z', 'PT0.1S'),
          subFlow('c', 'leaf', undefined, { n: 1 }),
        ],
        http('h', upstream.url('/breaks/2/h'), 'end', once),
        echo('end', undefined, { by: '${{ ok.actor }}', n: '${{ c.x.params.n }}', size: '${{ size(a.params.big) }}' }),
      ]),
    );
    const input = { big: 'x'.repeat(1000) };
    const first = await begin('R', input);
    await until('its start', () =>
      handleOf(first)
        .describe()
        .catch(() => undefined),
    );
    await approve(first, 'ok');
    const failed = await closed(first);
    expect(failed).toMatchObject({ status: 'Failed', failure: { nodeId: 'h', code: 'UPSTREAM_UNAVAILABLE' } });
    const table = await tableOf(failed);
    const done = ['a', 'choose', 'ok', 'z', 'c', 'chosen'];
    expect(new Set(shown(table))).toEqual(new Set([...['p', ...done].map((id) => `${id} completed`), 'h failed']));
    const row = (nodeId: string): FinalNode | undefined => table.find((one) => one.nodeId === nodeId);
    expect(row('choose')).toMatchObject({ arm: -1, output: null });
    expect(await valueOf(row('ok')?.output)).toEqual({ approved: true, timedOut: false, actor: 'u1' });
    expect(await valueOf(row('c')?.output)).toMatchObject({ n: 1, x: { params: { n: 1 } } });
    expect(row('a')?.output).toMatchObject({ json: null, ref: expect.any(String) });
    expect(row('c')?.attempts).toMatchObject([{ startedAt: expect.any(Number), completedAt: expect.any(Number) }]);

    const second = await begin('R', input, { retriedFrom: first, retryFrom: 'failed' });
    const failedAgain = await closed(second);
    expect(failedAgain).toMatchObject({ status: 'Failed', failure: { nodeId: 'h' } });
    const again = await tableOf(failedAgain);
    expect(new Set(shown(again))).toEqual(
      new Set([...done.map((id) => `${id} completed reused`), 'p completed', 'h failed']),
    );
    expect(await valueOf(again.find(({ nodeId }) => nodeId === 'a')?.output)).toEqual(await valueOf(row('a')?.output));
    expect(again.find(({ nodeId }) => nodeId === 'choose')).toMatchObject({ arm: -1, attempts: [] });

    const third = await begin('R', input, { retriedFrom: second, retryFrom: 'failed' });
    const completed = await closed(third);
    expect(completed).toMatchObject({ status: 'Completed', failure: null });
    const result = (await valueOf(completed.result)) as {
      readonly trace: string[];
      readonly state: Record<string, unknown>;
    };
    expect(Object.keys(result)).toEqual(['status', 'flowName', 'flowVersion', 'trace', 'state']);
    expect(result.state['end']).toMatchObject({ params: { by: 'u1', n: 1, size: 1000 } });
    expect(new Set(result.trace)).toEqual(new Set(['p', ...done, 'h', 'end']));
    expect([await activitiesOf(second), await activitiesOf(third)]).toEqual([['h'], ['h', 'end']]);
    await expect(handleOf(`${second}-c`).describe()).rejects.toThrow(/not found/i);

    const fromNode = await begin('R', input, { retriedFrom: third, retryFrom: 'node:h' });
    expect(await closed(fromNode)).toMatchObject({ status: 'Completed' });
    expect(await activitiesOf(fromNode)).toEqual(['h', 'end']);
    const fromStart = await begin('R', input, { retriedFrom: third, retryFrom: 'node:a' });
    await until('its start', () =>
      handleOf(fromStart)
        .describe()
        .catch(() => undefined),
    );
    await approve(fromStart, 'ok');
    expect(await closed(fromStart)).toMatchObject({ status: 'Completed' });
    expect(await activitiesOf(fromStart)).toEqual(['a', 'h', 'end']);
  });

  it('reuses what a cancelled run had done', async () => {
    await trial.publish('K', definition('K', [wait('z', 'PT0S', 'ok'), approval('ok', 'c'), subFlow('c', 'parked')]));
    await trial.publish('parked', definition('parked', [approval('inner')]));
    const first = await begin('K', {});
    await until('its start', () =>
      handleOf(first)
        .describe()
        .catch(() => undefined),
    );
    await approve(first, 'ok');
    await until('its child', () =>
      handleOf(`${first}-c`)
        .describe()
        .catch(() => undefined),
    );
    await handleOf(first).cancel();
    const report = await closed(first);
    expect(report.status).toBe('Canceled');
    expect(shown(await tableOf(report))).toEqual(['z completed', 'ok completed', 'c started']);
    const second = await begin('K', {}, { retriedFrom: first, retryFrom: 'failed' });
    await until('its child', () =>
      handleOf(`${second}-c`)
        .describe()
        .catch(() => undefined),
    );
    await approve(`${second}-c`, 'inner');
    const retried = await closed(second);
    expect(retried.status).toBe('Completed');
    expect(shown(await tableOf(retried))).toEqual(['z completed reused', 'ok completed reused', 'c completed']);
  });

  it('fails when nothing is left of its source', async () => {
    const report = await closed(await begin('K', {}, { retriedFrom: 'T:W:K:gone', retryFrom: 'failed' }));
    expect(report).toMatchObject({ status: 'Failed', failure: { nodeId: null, code: 'RETRY_SOURCE_GONE' } });
  });
});

describe('the run of a sub-flow', () => {
  it('is reported by nobody, however it ends', async () => {
    const query = `WorkflowType = 'DslInterpreterWorkflow' AND flowId IN ('leaf', 'parked') AND ExecutionStatus != 'Running'`;
    await until(
      'children in the visibility store',
      async () => (await trial.temporal.workflow.count(query)).count >= 4,
    );
    // The report of a run that only the sweep can find: it has passed over the children by then.
    const ended = await begin('K', {});
    await until('its start', () =>
      handleOf(ended)
        .describe()
        .catch(() => undefined),
    );
    await handleOf(ended).terminate('by hand');
    expect((await closed(ended)).status).toBe('Terminated');
    const reported = (await trial.commands()).flatMap(({ data }) =>
      'executionId' in data && data.executionId !== null ? [data.executionId] : [],
    );
    expect(reported.filter((id) => /-(c|inner|[0-9a-f]{64})$/.test(id))).toEqual([]);
  });
});
