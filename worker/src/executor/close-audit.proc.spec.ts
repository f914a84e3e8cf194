import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  encodeFrame,
  partitionOf,
  TOPICS,
  type FinalNode,
  type FlowNode,
  type Frame,
  type NodeFrame,
  type RecordExecutionClosed,
} from '@flowplane/contracts';
import { makeBatchProducer } from '@flowplane/plumbing/kafka';
import { until } from '@flowplane/plumbing/test/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExecutor, type TestExecutor } from '../../test/executor/run-executor.js';
import { startTrial, type Trial } from '../../test/executor/trial.js';
import { approval, branch, echo, http, parallel, sequence, subFlow, wait } from '../../test/interpreter/nodes.js';
import { openUpstream, type Upstream } from '../../test/interpreter/upstream.js';
import { APPROVAL_SIGNAL } from '../shared/run-input.js';

const WORKER = fileURLToPath(new URL('../../dist/interpreter/main.js', import.meta.url));
const DEADLINE_MS = 90_000;
const AUDITS = 'flows_executor_close_audits_total';
const DIFFERENCES = 'flows_executor_close_audit_differences_total';

let trial: Trial;
let upstream: Upstream;
let worker: ChildProcess;
let executor: TestExecutor;
beforeAll(async () => {
  [trial, upstream] = await Promise.all([startTrial(), openUpstream()]);
  const env = { PATH: process.env['PATH'], ...trial.env, FLOWS_HTTP_ALLOW_HOSTS: upstream.host };
  worker = spawn(process.execPath, [WORKER], { env, stdio: 'ignore' });
  executor = await audits();
  const flows: Readonly<Record<string, readonly FlowNode[]>> = {
    leaf: [echo('x', undefined, { n: '${{ inputs.n }}' })],
    stuck: [wait('long', 'PT1H')],
    broken: [branch('bad', [['inputs.nowhere.at.all', 'x']]), echo('x')],
    all: [
      echo('a', 'p', { n: '${{ inputs.n }}' }),
      parallel('p', ['choose', 'ok', 'z', 'c', 's'], 'end'),
      branch('choose', [['inputs.n > 1', 'chosen']], 'never'),
      ...[echo('chosen'), echo('never'), wait('z', 'PT0.1S'), subFlow('c', 'leaf', undefined, { n: 1 })],
      ...[approval('ok'), sequence('s', ['s1', 's2']), echo('s1'), wait('s2', 'PT0S')],
      echo('end', undefined, { by: '${{ ok.actor }}', n: '${{ c.x.params.n }}' }),
    ],
    large: [echo('a', 'b', { text: '${{ inputs.text }}' }), echo('b', undefined, { text: '${{ a.params.text }}' })],
    expired: [approval('ok', 'a', 'PT0.2S'), echo('a', undefined, { late: '${{ ok.timedOut }}' })],
    retried: [http('h', upstream.url('/breaks/2/audit'), undefined, { maxAttempts: 3, initialInterval: 'PT0.1S' })],
    exhausted: [http('h', upstream.url('/breaks/9/audit'), undefined, { maxAttempts: 2, initialInterval: 'PT0.1S' })],
    late: [
      http('h', upstream.url('/later/5000/audit'), undefined, { maxAttempts: 1, timeouts: { startToClose: 'PT1S' } }),
    ],
    outOfTime: [
      http('h', upstream.url('/breaks/99/audit'), undefined, {
        ...{ initialInterval: 'PT0.5S', timeouts: { scheduleToClose: 'PT1S' } },
      }),
    ],
    cutShort: [
      http('h', upstream.url('/breaks/1/later/9000/audit'), undefined, {
        ...{ initialInterval: 'PT0.1S', timeouts: { scheduleToClose: 'PT2S' } },
      }),
    ],
    evaluation: [echo('a', 'b'), echo('b', undefined, { n: '${{ a.nowhere.at.all }}' })],
    arms: [echo('a', 'bad'), branch('bad', [['a.nowhere.at.all', 'a2']]), echo('a2')],
    both: [parallel('p', ['b1', 'b2']), ...[subFlow('b1', 'broken'), subFlow('b2', 'broken')]],
    bothTasks: [
      parallel('p', ['h1', 'h2', 'w']),
      ...['h1', 'h2'].map((id) => http(id, upstream.url(`/breaks/9/${id}`), undefined, { maxAttempts: 1 })),
      wait('w', 'PT1H'),
    ],
    oneOfMany: [
      parallel('p', ['bad', 'e1', 'e2', 'e3', 'e4']),
      http('bad', upstream.url('/breaks/9/one'), undefined, { maxAttempts: 1 }),
      ...['e1', 'e2', 'e3', 'e4'].map((id) => echo(id)),
    ],
    below: [subFlow('c', 'broken')],
    tooLarge: [
      echo('a', 'b', { text: '${{ inputs.text }}' }),
      echo('b', 'c', { text: '${{ inputs.text }}' }),
      echo('c'),
    ],
    open: [parallel('p', ['w', 'ok', 'c', 'a']), wait('w', 'PT1H'), approval('ok'), subFlow('c', 'stuck'), echo('a')],
    retryOf: [
      ...[echo('a', 'choose'), branch('choose', [['true', 'ok']]), approval('ok', 'c', 'PT0.1S')],
      ...[subFlow('c', 'leaf', 'h', { n: 1 }), http('h', upstream.url('/breaks/1/again'), 'end', { maxAttempts: 1 })],
      echo('end', undefined, { late: '${{ ok.timedOut }}' }),
    ],
  };
  for (const [flowId, nodes] of Object.entries(flows)) {
    await trial.publish(flowId, { apiVersion: 'v1.0', name: flowId, nodes: [...nodes] });
  }
});
afterAll(async () => {
  const exited = once(worker, 'exit');
  worker.kill('SIGTERM');
  await exited;
  await executor.close();
  await trial.end();
  await upstream.close();
});

/** Closes runs that say their end: one that the sweep finds first may not have said it yet. */
const audits = (closeFrom = 'audit'): Promise<TestExecutor> =>
  runExecutor({
    ...trial.env,
    FLOWS_CLOSE_FROM: closeFrom,
    FLOWS_SWEEP_INTERVAL: '1h',
    FLOWS_MAX_STATE_BYTES: '1000000',
  });

type Retry = { readonly retriedFrom: string; readonly retryFrom: string };

async function begin(flowId: string, input: object = {}, retry?: Retry): Promise<string> {
  const executionId = `T:W:${flowId}:${randomUUID()}`;
  const at = await trial.log.append(trial.scope, 'ExecutionRequested', {
    ...{ flowId, executionId, version: 1, input: JSON.stringify(input), triggerType: 'manual', trigger: null },
    ...{ labels: '{}', ...(retry ?? { retriedFrom: null, retryFrom: null }) },
  });
  await trial.projected(at.partition, at.offset + 1);
  return executionId;
}

async function closed(executionId: string): Promise<RecordExecutionClosed['data']> {
  const report = await trial.closed(executionId);
  await trial.projectClosed(report);
  return report;
}
const handleOf = (executionId: string) => trial.temporal.workflow.getHandle(executionId);
const approve = (executionId: string): Promise<void> =>
  handleOf(executionId).signal(APPROVAL_SIGNAL, {
    ...{ commandId: randomUUID(), nodeId: 'ok', approved: true, actor: 'u1', onBehalfOf: null },
  });
const framesOf = async (executionId: string): Promise<readonly NodeFrame[]> =>
  (await trial.frames()).flatMap((frame) =>
    frame.type === 'NodeFrame' && frame.data.executionId === executionId ? [frame.data] : [],
  );
const reached = (executionId: string, nodeId: string, status: NodeFrame['status']): Promise<unknown> =>
  until(
    `${nodeId} ${status}`,
    async () => (await framesOf(executionId)).some((frame) => frame.nodeId === nodeId && frame.status === status),
    DEADLINE_MS,
  );
const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

type Counts = Readonly<Record<string, number>>;
const grown = (before: Counts, after: Counts): readonly string[] =>
  Object.keys(after).filter((name) => after[name] !== before[name]);

/** What auditing one run adds to the counters. @param run runs it to its end; nothing else ends meanwhile */
async function auditOf<T>(
  run: () => Promise<T>,
): Promise<{ readonly outcome: string; readonly differences: readonly string[]; readonly ended: T }> {
  const before = await executor.counted(AUDITS);
  const differences = await executor.counted(DIFFERENCES);
  const ended = await run();
  const after = await until(
    'the audit',
    async () => {
      const counts = await executor.counted(AUDITS);
      return sum(counts) > sum(before) ? counts : undefined;
    },
    DEADLINE_MS,
  );
  const found = await executor.counted(DIFFERENCES);
  return { outcome: grown(before, after).join(), differences: grown(differences, found), ended };
}

type Case = {
  readonly input?: object;
  readonly failure?: string;
  readonly meanwhile?: (executionId: string) => Promise<unknown>;
};
const approved = async (executionId: string): Promise<void> => {
  await reached(executionId, 'ok', 'waiting-approval');
  await approve(executionId);
};
const CASES: readonly (readonly [flowId: string, status: string, more: Case])[] = [
  ['all', 'Completed', { input: { n: 2 }, meanwhile: approved }],
  ['large', 'Completed', { input: { text: 'x'.repeat(200_000) } }],
  ['expired', 'Completed', {}],
  ['retried', 'Completed', {}],
  ['exhausted', 'Failed', { failure: 'UPSTREAM_UNAVAILABLE' }],
  ['late', 'Failed', { failure: 'TIMEOUT' }],
  ['outOfTime', 'Failed', {}],
  ['cutShort', 'Failed', { failure: 'TIMEOUT' }],
  ['evaluation', 'Failed', {}],
  ['arms', 'Failed', {}],
  ['both', 'Failed', {}],
  ['bothTasks', 'Failed', {}],
  ['oneOfMany', 'Failed', {}],
  ['below', 'Failed', {}],
  ['tooLarge', 'Failed', { input: { text: 'x'.repeat(400_000) }, failure: 'StateTooLarge' }],
  [
    'open',
    'Canceled',
    {
      meanwhile: async (executionId) => {
        await reached(executionId, 'a', 'completed');
        await reached(executionId, 'ok', 'waiting-approval');
        const { scope, log } = trial;
        await log.append(scope, 'ExecutionCancelRequested', { flowId: 'open', executionId, version: 1 });
      },
    },
  ],
];

const SAME = { outcome: 'same', differences: [] } as const;
/** Reports of runs that were closed from their history, by flow. */
const fromHistory = new Map<string, Report>();
type Report = RecordExecutionClosed['data'];

/** Flows of which two runs may differ: several nodes fail at once, or the server remembers how often it was called. */
const VARYING = new Set(['both', 'bothTasks', 'oneOfMany', 'cutShort', 'retried']);

/** What two runs of a flow have in common. That their values are the same is what the audit compares, within one run. */
function shape({ status, failure, result, nodes }: Report) {
  const rows = JSON.parse(nodes?.json ?? '[]') as readonly FinalNode[];
  const table = rows.map(({ nodeId, iteration, reused, input, output, error, scheduledEventId, arm, ...node }) => ({
    ...{ nodeId, iteration, reused, arm, status: node.status, code: error?.code, attempts: node.attempts.length },
    ...{ hasInput: input !== null, hasOutput: output !== null, isTask: scheduledEventId !== null },
  }));
  const byId = table.toSorted((one, other) => one.nodeId.localeCompare(other.nodeId));
  return { status, failure: failure?.code, hasResult: result !== null, table: byId };
}

describe('runs of all kinds of nodes, closed from their history', () => {
  it.each(CASES)('are the same in the journal: %s', async (flowId, status, more) => {
    const { ended, ...audit } = await auditOf(async () => {
      const executionId = await begin(flowId, more.input);
      await more.meanwhile?.(executionId);
      return closed(executionId);
    });
    expect(ended).toMatchObject({ status, ...(more.failure && { failure: { code: more.failure } }) });
    // Two sub-flows that fail at once: the engine may ask the run once more, after it has said its end.
    if (flowId !== 'both' || audit.outcome !== 'other_end') expect(audit).toEqual(SAME);
    fromHistory.set(flowId, ended);
  });

  it('are the same where a retry reuses nodes of its source', async () => {
    const first = await auditOf(async () => closed(await begin('retryOf')));
    expect(first).toMatchObject({ ...SAME, ended: { status: 'Failed', failure: { nodeId: 'h' } } });
    const { executionId } = first.ended;
    const retry = await auditOf(async () =>
      closed(await begin('retryOf', {}, { retriedFrom: executionId, retryFrom: 'failed' })),
    );
    expect(retry).toMatchObject({ ...SAME, ended: { status: 'Completed' } });
    expect(retry.ended.nodes?.json).toContain('"reused":true');
  });

  it('are the same where an operator ended them, who lets them say nothing', async () => {
    await executor.close();
    executor = await runExecutor({ ...trial.env, FLOWS_CLOSE_FROM: 'audit' });
    const { ended, ...audit } = await auditOf(async () => {
      const executionId = await begin('open');
      await reached(executionId, 'a', 'completed');
      await reached(executionId, 'ok', 'waiting-approval');
      await handleOf(executionId).terminate('by hand');
      return closed(executionId);
    });
    expect(ended.status).toBe('Terminated');
    expect(audit).toEqual(SAME);
    await executor.close();
    executor = await audits();
  });

  it('are not whole for an executor that began in their middle', async () => {
    const executionId = await begin('all', { n: 2 });
    await reached(executionId, 'ok', 'waiting-approval');
    await executor.close();
    executor = await audits();
    const { outcome } = await auditOf(async () => {
      await approve(executionId);
      return closed(executionId);
    });
    expect(outcome).toBe('not_whole');
    expect(await executor.counted('flows_executor_journal_not_whole_total')).toEqual({ frames_not_seen: 1 });
  });

  it('differ where a frame is wrong', async () => {
    const producer = makeBatchProducer(trial.kafka, { topic: `${trial.env['FLOWS_TOPIC_PREFIX']}${TOPICS.runs.name}` });
    const { ended, ...audit } = await auditOf(async () => {
      const executionId = await begin('all', { n: 2 });
      await reached(executionId, 'ok', 'waiting-approval');
      await reached(executionId, 'a', 'completed');
      const right = (await framesOf(executionId)).find(
        ({ nodeId, status }) => nodeId === 'a' && status === 'completed',
      );
      if (right === undefined) throw new Error('no end of a');
      const data = { ...right, attemptNumber: 2, output: { json: '{"wrong":1}', ref: null, sizeBytes: 11 } };
      const value = encodeFrame({ type: 'NodeFrame', data } satisfies Frame);
      const partition = partitionOf(executionId, trial.partitions);
      await producer.append({ partition, key: executionId, value, headers: {} });
      await approve(executionId);
      return closed(executionId);
    });
    await producer.close();
    expect(ended.status).toBe('Completed');
    expect(audit).toEqual({ outcome: 'differs', differences: ['node.output'] });
  });
});

describe('runs of all kinds of nodes, closed from the journal', () => {
  const CLOSES = 'flows_executor_closes_total';
  let closedFromJournal = 0;
  beforeAll(async () => {
    await executor.close();
    executor = await audits('journal');
  });

  it.each(CASES)('are reported as from their history: %s', async (flowId, _status, more) => {
    const executionId = await begin(flowId, more.input);
    await more.meanwhile?.(executionId);
    const ended = await closed(executionId);
    const before = fromHistory.get(flowId) as Report;
    if (VARYING.has(flowId)) expect(ended.status).toBe(before.status);
    else expect(shape(ended)).toEqual(shape(before));
    const { journal = 0 } = await executor.counted(CLOSES);
    if (flowId !== 'both') expect(journal).toBe(closedFromJournal + 1);
    closedFromJournal = journal;
    const starts = (JSON.parse(ended.nodes?.json ?? '[]') as FinalNode[]).flatMap(({ scheduledEventId }) =>
      scheduledEventId === null ? [] : [Number(scheduledEventId)],
    );
    expect(starts.every((offset) => Number.isSafeInteger(offset))).toBe(true);
  });

  it('are closed from their history where the journal is not whole', async () => {
    const executionId = await begin('all', { n: 2 });
    await reached(executionId, 'ok', 'waiting-approval');
    await executor.close();
    executor = await audits('journal');
    await approve(executionId);
    expect(shape(await closed(executionId))).toEqual(shape(fromHistory.get('all') as Report));
    expect(await executor.counted(CLOSES)).toEqual({ history: 1 });
    expect(await executor.counted('flows_executor_journal_not_whole_total')).toEqual({ frames_not_seen: 1 });
  });

  it('are closed from their history where an operator ended them', async () => {
    await executor.close();
    executor = await runExecutor({ ...trial.env, FLOWS_CLOSE_FROM: 'journal' });
    const executionId = await begin('open');
    await reached(executionId, 'ok', 'waiting-approval');
    await handleOf(executionId).terminate('by hand');
    expect((await closed(executionId)).status).toBe('Terminated');
    expect(await executor.counted('flows_executor_journal_not_whole_total')).toEqual({ end_not_said: 1 });
  });
});
