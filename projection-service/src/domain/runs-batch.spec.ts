import {
  END_NOT_SAID,
  NO_LATER_MEMBERS,
  type Frame,
  type NodeAttempt,
  type NodeFrame,
  type NodeStatus,
} from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { nodeKeyOf, type NodeRow } from './node-row.js';
import { foldRuns, type LoggedFrame, type RunsKnown } from './runs-batch.js';

const run = { executionId: 'T:W:F:1', tenantId: 'T', workspaceId: 'W', flowId: 'F' };
const NOTHING: RunsKnown = { nodes: new Map(), subFlowNodes: new Map(), ended: new Set() };

const node = (status: NodeStatus, over: Partial<NodeFrame> = {}): Frame => ({
  type: 'NodeFrame',
  data: {
    ...run,
    nodeId: 'charge',
    iteration: 1,
    status,
    attemptNumber: 1,
    startedAt: null,
    completedAt: null,
    reused: false,
    input: null,
    output: null,
    error: null,
    emittedAt: 1,
    ...NO_LATER_MEMBERS,
    ...over,
  },
});
const closed: Frame = { type: 'RunClosed', data: { ...run, status: 'Completed', closedAt: 9 } };
const hint: Frame = { type: 'RunEnding', data: { ...run, emittedAt: 8, ...END_NOT_SAID } };
const line: Frame = { type: 'LogFrame', data: { ...run, nodeId: 'charge', level: 'warn', message: 'm', timestamp: 3 } };

const logged = (frames: readonly Frame[], from = 10): readonly LoggedFrame[] =>
  frames.map((message, index) => ({ offset: from + index, timestamp: 1000 + index, message }));
const fold = (frames: readonly Frame[], known: RunsKnown = NOTHING) => foldRuns(logged(frames), known);
const shown = ({ frames }: ReturnType<typeof fold>) =>
  frames.map(({ logOffset, type, data }) => [logOffset, type, (JSON.parse(data) as { status?: string }).status]);

describe('frames of a run', () => {
  it('are stored in log order, hints left out', () => {
    expect(shown(fold([node('scheduled'), node('started'), line, hint, node('completed'), closed]))).toEqual([
      [10, 'node-status', 'scheduled'],
      [11, 'node-status', 'started'],
      [12, 'log-line', undefined],
      [14, 'node-status', 'completed'],
      [15, 'stream-end', 'Completed'],
    ]);
  });

  it('are not stored when they go back or repeat, in one batch as across two', () => {
    const first = fold([node('started')]);
    const known = { ...NOTHING, nodes: new Map(first.nodes.map((row) => [nodeKeyOf(row), row])) };
    expect(shown(fold([node('started'), node('scheduled')]))).toEqual([[10, 'node-status', 'started']]);
    expect(shown(fold([node('scheduled'), node('started'), node('completed'), node('failed')], known))).toEqual([
      [12, 'node-status', 'completed'],
    ]);
  });

  it('end with the closing frame, in one batch as across two', () => {
    expect(shown(fold([closed, node('started'), line, closed]))).toEqual([[10, 'stream-end', 'Completed']]);
    expect(fold([node('started'), closed], { ...NOTHING, ended: new Set([run.executionId]) })).toEqual({
      frames: [],
      nodes: [],
      subFlowNodes: [],
    });
  });

  it('of another run are not touched by that', () => {
    const other = { ...closed, data: { ...closed.data, executionId: 'T:W:F:2' } } as Frame;
    expect(fold([other, node('started')]).frames).toHaveLength(2);
  });
});

describe('node of a run', () => {
  const last = (frames: readonly Frame[]): NodeRow | undefined => fold(frames).nodes[0];

  it('keeps its attempts, input, output and the place of its first frame', () => {
    const input = { json: '{"n":1}', ref: null, sizeBytes: 7 };
    const output = { json: null, ref: 'abc', sizeBytes: 900_000 };
    const error = { code: 'X', message: 'once', stack: null };
    const row = last([
      node('scheduled'),
      node('started', { startedAt: 1, input }),
      node('retrying', { startedAt: 1, completedAt: 2, error, nextAttemptAt: 9 }),
      node('retrying', { attemptNumber: 2, startedAt: 3 }),
      node('completed', { attemptNumber: 2, startedAt: 3, completedAt: 4, output }),
    ]);
    expect(row).toMatchObject({
      status: 'completed',
      firstOffset: 10,
      timeMs: 1004,
      inputJson: '{"n":1}',
      outputRef: 'abc',
      error: null,
    });
    expect(JSON.parse(row?.attempts ?? '')).toEqual([
      {
        status: 'failed',
        attemptNumber: 1,
        startedAt: 1,
        completedAt: 2,
        error: { message: 'once' },
        nextAttemptAt: 9,
      },
      { status: 'completed', attemptNumber: 2, startedAt: 3, completedAt: 4 },
    ]);
  });

  it('shows the error of its final failure', () => {
    const error = { code: 'X', message: 'broken', stack: 'at a' };
    expect(last([node('started', { startedAt: 1 }), node('failed', { completedAt: 2, error })])?.error).toBe(
      '{"message":"broken","stack":"at a"}',
    );
  });

  it('has no attempts when it was reused or skipped', () => {
    expect(last([node('completed', { reused: true })])).toMatchObject({ reused: true, attempts: '[]' });
    expect(last([node('skipped')])).toMatchObject({ status: 'skipped', attempts: '[]' });
  });

  it('has an attempt that timed out where another one follows and nobody told its end', () => {
    const row = last([node('started', { startedAt: 1 }), node('retrying', { attemptNumber: 2, startedAt: 20 })]);
    expect(JSON.parse(row?.attempts ?? '')).toEqual([
      {
        ...{ status: 'failed', attemptNumber: 1, startedAt: 1, completedAt: null },
        error: { message: 'Activity timed out' },
      },
      { status: 'started', attemptNumber: 2, startedAt: 20, completedAt: null },
    ]);
  });

  it('has the error of an attempt whose failure is told after the next one has begun', () => {
    const error = { code: 'UPSTREAM_ERROR', message: 'the real reason', stack: null };
    const late = node('retrying', { startedAt: 1, completedAt: 19, error, nextAttemptAt: 20 });
    const begun = [node('started', { startedAt: 1 }), node('retrying', { attemptNumber: 2, startedAt: 20 })];
    const attempts = [
      {
        ...{ status: 'failed', attemptNumber: 1, startedAt: 1, completedAt: 19 },
        ...{ error: { message: 'the real reason' }, nextAttemptAt: 20 },
      },
      { status: 'started', attemptNumber: 2, startedAt: 20, completedAt: null },
    ];
    const row = last([...begun, late]);
    expect(JSON.parse(row?.attempts ?? '')).toEqual(attempts);
    expect(row).toMatchObject({ status: 'retrying', error: null, rank: last(begun)?.rank });
    // Nobody is told of it a second time, and what had an error keeps it.
    expect(fold([...begun, late]).frames).toHaveLength(2);
    const other = { ...error, message: 'another' };
    expect(JSON.parse(last([...begun, late, node('retrying', { error: other })])?.attempts ?? '')).toEqual(attempts);
    const ended = last([...begun, node('completed', { attemptNumber: 2 }), late]);
    expect(ended).toMatchObject({ status: 'completed', error: null });
    expect(JSON.parse(ended?.attempts ?? '')).toMatchObject([attempts[0], { status: 'completed' }]);
    const inSubFlow = { root: run.executionId, facts: '{"subFlow":{"path":["enrich"],"version":"3"}}' };
    const below = [...begun, late].map((frame) => ({ ...frame, data: { ...frame.data, ...inSubFlow } }) as Frame);
    expect(JSON.parse(fold(below).subFlowNodes[0]?.attempts ?? '')).toEqual(attempts);
  });

  it('keeps the last hundred attempts, and of a message what fits', () => {
    const error = { code: 'X', message: 'm'.repeat(5000), stack: null };
    const frames = Array.from({ length: 150 }, (_, index) => node('retrying', { attemptNumber: index + 1, error }));
    const attempts = JSON.parse(last(frames)?.attempts ?? '') as readonly NodeAttempt[];
    expect([attempts.length, attempts[0]?.attemptNumber]).toEqual([100, 51]);
    expect(attempts[0]?.error?.message).toBe(`${'m'.repeat(1000)}…`);
  });
});

describe('frames of a sub-flow', () => {
  const facts = '{"subFlow":{"path":["enrich"],"version":"3"}}';
  const place = { executionId: 'T:W:F:1-enrich', flowId: 'G', root: run.executionId, facts } as const;

  it('are rows of the run at the top, and no lines of its stream', () => {
    const changes = fold([node('started'), node('started', place), node('completed', place)]);
    expect(changes.nodes.map(({ executionId, status }) => [executionId, status])).toEqual([['T:W:F:1', 'started']]);
    expect(changes.frames).toHaveLength(1);
    expect(changes.subFlowNodes).toMatchObject([
      {
        executionId: 'T:W:F:1-enrich',
        root: 'T:W:F:1',
        flowId: 'G',
        version: '3',
        path: '["enrich"]',
        status: 'completed',
      },
    ]);
  });

  it('do not count behind the end of that run', () => {
    expect(fold([closed, node('started', place)]).subFlowNodes).toEqual([]);
    const ended = { ...NOTHING, ended: new Set([run.executionId]) };
    expect(fold([node('started', place)], ended).subFlowNodes).toEqual([]);
  });

  it('do not go back in the order of what is known', () => {
    const before = fold([node('completed', place)]).subFlowNodes;
    const known = { ...NOTHING, subFlowNodes: new Map(before.map((row) => [nodeKeyOf(row), row])) };
    expect(fold([node('started', place)], known).subFlowNodes).toEqual([]);
  });
});
