import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  makeFrameOrder,
  TOPICS,
  type FinalNode,
  type Frame,
  type RecordExecutionClosed,
  type StoredValue,
} from '@flowplane/contracts';
import { makeContentStore } from '@flowplane/runtime/content-store';
import { deleteTopics, ensureTopics } from '@flowplane/plumbing/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExecutor } from '../../test/executor/run-executor.js';
import { startTrial, type Trial } from '../../test/executor/trial.js';

const WORKER = fileURLToPath(new URL('../../dist/interpreter/main.js', import.meta.url));
const ELSEWHERE = `lost${randomUUID().slice(0, 8)}.`;
const RUNS = { ...TOPICS.runs, name: ELSEWHERE + TOPICS.runs.name };

let trial: Trial;
let worker: ChildProcess;
let executor: { readonly close: () => Promise<void> };
beforeAll(async () => {
  trial = await startTrial();
  await ensureTopics(trial.kafka, [RUNS], { partitions: trial.partitions, replicationFactor: 1 });
  // A worker whose every frame, its hint of the end included, goes where nobody looks.
  const env = { PATH: process.env['PATH'], ...trial.env, FLOWS_TOPIC_PREFIX: ELSEWHERE };
  worker = spawn(process.execPath, [WORKER], { env, stdio: 'ignore' });
  executor = await runExecutor(trial.env);
});
afterAll(async () => {
  const exited = once(worker, 'exit');
  worker.kill('SIGTERM');
  await exited;
  await executor.close();
  await deleteTopics(trial.kafka, [RUNS.name]);
  await trial.end();
});

/** Starts a run of flow `F` and waits for the report of its end. */
async function closedRun(input: string): Promise<RecordExecutionClosed['data']> {
  const executionId = `T:W:F:${randomUUID()}`;
  const run = { flowId: 'F', executionId, version: 1 };
  const requested = {
    ...run,
    input,
    triggerType: 'manual',
    retriedFrom: null,
    retryFrom: null,
    trigger: null,
    labels: '{}',
  } as const;
  const at = await trial.log.append(trial.scope, 'ExecutionRequested', requested);
  await trial.projected(at.partition, at.offset + 1);
  return trial.closed(executionId);
}

describe('a run whose frames are all lost', () => {
  it('is closed by the sweep, with its whole table and every frame of its nodes', async () => {
    await trial.publish('F', {
      apiVersion: 'v1.0',
      name: 'trial',
      nodes: [
        { id: 'p', type: 'parallel', branches: ['a', 'w'], next: 'b' },
        { id: 'a', type: 'task', taskType: 'demo.echo', input: { n: '${{ inputs.n }}' } },
        { id: 'w', type: 'wait', duration: 'PT0S' },
        { id: 'b', type: 'branch', arms: [{ when: 'has(inputs.large) || inputs.n > 1', next: 'c' }], default: 'never' },
        { id: 'c', type: 'task', taskType: 'demo.echo', input: {} },
        { id: 'never', type: 'task', taskType: 'demo.echo', input: {} },
      ],
    });
    const report = await closedRun('{"n":2}');
    expect(report).toMatchObject({ status: 'Completed', failure: null });
    const { nodes, result } = report;
    expect(JSON.parse(result?.json ?? '')).toMatchObject({ status: 'completed', trace: ['p', 'a', 'w', 'b', 'c'] });
    const table = JSON.parse(nodes?.json ?? '[]') as FinalNode[];
    expect(table.map(({ nodeId, status }) => [nodeId, status])).toEqual(
      ['p', 'a', 'w', 'b', 'c'].map((nodeId) => [nodeId, 'completed']),
    );
    expect(table[1]).toMatchObject({ input: { json: '{"n":2}' }, output: { json: expect.stringContaining('echo') } });

    const order = makeFrameOrder();
    const shown = (await trial.frames()).flatMap((frame: Frame) =>
      frame.type === 'NodeFrame' && order.accept(frame.data) ? [`${frame.data.nodeId} ${frame.data.status}`] : [],
    );
    expect(shown).toEqual([
      ...['p started', 'p completed', 'a scheduled', 'a started', 'a completed', 'w started', 'w completed'],
      ...['b started', 'b completed', 'c scheduled', 'c started', 'c completed', 'never skipped'],
    ]);
  });

  it('is closed with its values by reference where they are large', async () => {
    await executor.close();
    executor = await runExecutor({ ...trial.env, FLOWS_PAYLOAD_INLINE_MAX_BYTES: '64' });
    const store = makeContentStore(trial.statePool);
    const read = async (value: StoredValue | null | undefined): Promise<unknown> => {
      expect(value).toMatchObject({ json: null, ref: expect.stringMatching(/^[0-9a-f]{64}$/) });
      return JSON.parse((await store.get(value?.ref ?? '')).toString('utf8'));
    };
    const text = 'x'.repeat(100);
    const report = await closedRun(JSON.stringify({ n: text, large: true }));
    const run = (await read(report.result)) as { readonly state: { readonly n: string } };
    expect(run.state.n).toBe(text);
    const table = (await read(report.nodes)) as FinalNode[];
    const task = table.find(({ nodeId }) => nodeId === 'a');
    expect(await read(task?.input)).toEqual({ n: text });
    expect(await read(task?.output)).toMatchObject({ params: { n: text } });
  });
});
