import { NO_LATER_MEMBERS, type FinalNode, type FlowDefinition, type Frame } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import { correctiveFrames } from './corrective-frames.js';
import { finalNode } from './final-nodes.js';
import { readFixture } from '../../../test/executor/fixtures/read-fixture.js';
import { neverVisited, reconcileNodes, type NodeOutcome, type RunFacts } from './reconcile.js';
import { readRunHistory } from './run-history.js';
import { makeSeenFrames } from './seen-frames.js';
import type { TaskHistory } from './task-history.js';

const RUN = { executionId: 'T:W:F:1', tenantId: 'T', workspaceId: 'W', flowId: 'F' };
const TRACE = ['b', 'p', 't1', 't2', 't3', 'w'];
const DEFINITION = {
  apiVersion: 'v1.0',
  name: 'ex',
  nodes: [...TRACE, 'never'].map((id) => ({ id, type: id.startsWith('t') ? 'task' : 'wait' })),
} as unknown as FlowDefinition;

const task = (over: Partial<TaskHistory>): TaskHistory => ({
  ...{ nodeId: 'a', iteration: 1, scheduledEventId: '5', scheduledAt: 1, input: null, attempt: 0 },
  ...{ startedAt: null, endedAt: null, end: 'open', output: null, error: null, errorBefore: null },
  ...over,
});
const facts = (over: Partial<RunFacts>): RunFacts => ({
  ...{ status: 'Completed', failure: null, tasks: [], trace: null, seen: [] },
  ...{ subFlows: new Map(), open: new Map(), reused: new Set(), arms: new Map() },
  ...over,
});
const nodeFrame = (nodeId: string, status: string, attemptNumber = 1, failed = false): Frame => ({
  type: 'NodeFrame',
  data: {
    ...RUN,
    ...{ nodeId, iteration: 1, attemptNumber, startedAt: 100 + attemptNumber, completedAt: null, reused: false },
    ...{ status: status as 'started', input: null, output: null, emittedAt: 0, ...NO_LATER_MEMBERS },
    error: failed ? { code: null, message: 'x', stack: null } : null,
  },
});
const seenOf = (...frames: readonly Frame[]): RunFacts['seen'] => {
  const seen = makeSeenFrames();
  for (const frame of frames) seen.see(frame, 0);
  return seen.of(RUN.executionId).nodes;
};
const completedRun = (): readonly NodeOutcome[] => {
  const { tasks } = readRunHistory(readFixture('completed'));
  return reconcileNodes(facts({ tasks, trace: TRACE }));
};
const table = (outcomes: readonly NodeOutcome[]): readonly string[] =>
  outcomes.map(({ nodeId, status }) => `${nodeId} ${status}`);
const rows = (
  outcomes: readonly NodeOutcome[],
): { readonly node: FinalNode; readonly seenRank: number | undefined }[] =>
  outcomes.map((outcome) => ({ node: finalNode(outcome, null, null), seenRank: outcome.seenRank }));
const shown = (frames: readonly Frame[]): readonly string[] =>
  frames.map((frame) =>
    frame.type === 'NodeFrame' ? `${frame.data.nodeId} ${frame.data.status} ${frame.data.attemptNumber}` : frame.type,
  );

describe('the final node table', () => {
  it('is complete in the order of the trace, also when no frame was seen', () => {
    const outcomes = completedRun();
    expect(table(outcomes)).toEqual(TRACE.map((id) => `${id} completed`));
    expect(outcomes[2]?.attempts).toEqual([
      { status: 'completed', attemptNumber: 1, startedAt: expect.any(Number), completedAt: expect.any(Number) },
    ]);
    expect(neverVisited(DEFINITION, outcomes)).toEqual(['never']);
  });

  it('takes nodes without a task from frames where a run left no trace', () => {
    const { tasks, end } = readRunHistory(readFixture('failed'));
    const seen = seenOf(nodeFrame('s', 'started'), nodeFrame('t1', 'completed'), nodeFrame('bad', 'started'));
    const outcomes = reconcileNodes(facts({ status: 'Failed', failure: end?.failure ?? null, tasks, seen }));
    expect(table(outcomes)).toEqual(['s started', 't1 completed', 'bad failed']);
    expect(outcomes[2]?.error?.code).toBe('SSRF_BLOCKED');
  });

  it('names the failing node also when it is no task and was never seen', () => {
    const failure = { nodeId: 'arm', code: 'InvalidExpression', message: 'no such key' };
    const [outcome] = reconcileNodes(facts({ status: 'Failed', failure }));
    expect(outcome).toMatchObject({ nodeId: 'arm', status: 'failed', error: { code: 'InvalidExpression' } });
  });

  it('leaves a task that had not ended where frames say it was', () => {
    const open = facts({ status: 'Terminated', tasks: [task({})] });
    expect(table(reconcileNodes(open))).toEqual(['a scheduled']);
    const seen = seenOf(nodeFrame('a', 'started'), nodeFrame('a', 'retrying', 2));
    const [outcome] = reconcileNodes({ ...open, seen });
    expect(outcome).toMatchObject({ status: 'retrying', attempts: [{ status: 'failed' }, { attemptNumber: 2 }] });
  });

  it('counts attempts as the history does, with the times frames had', () => {
    const seen = seenOf(nodeFrame('a', 'started'), nodeFrame('a', 'retrying', 1, true));
    const tasks = [task({ attempt: 3, startedAt: 300, endedAt: 400, end: 'completed' })];
    const [outcome] = reconcileNodes(facts({ tasks, seen }));
    expect(outcome?.attempts).toEqual([
      { status: 'failed', attemptNumber: 1, startedAt: 101, completedAt: null, error: { message: 'x' } },
      { status: 'failed', attemptNumber: 2, startedAt: null, completedAt: null },
      { status: 'completed', attemptNumber: 3, startedAt: 300, completedAt: 400 },
    ]);
  });

  it('names the error of each attempt: of the history, of frames, or that nobody told one', () => {
    const error = { code: 'X', message: 'final', stack: null };
    const seen = seenOf(nodeFrame('a', 'started'), nodeFrame('a', 'retrying', 2), nodeFrame('a', 'retrying', 3));
    const errorBefore = { code: 'TIMEOUT', message: 'Activity timed out', stack: null };
    const failed = task({ attempt: 4, startedAt: 300, endedAt: 400, end: 'failed', error, errorBefore });
    const [outcome] = reconcileNodes(facts({ tasks: [failed], seen }));
    expect(outcome?.attempts.map((attempt) => [attempt.status, attempt.error?.message])).toEqual([
      ['failed', 'Activity timed out'],
      ['failed', 'Activity timed out'],
      ['failed', 'Activity timed out'],
      ['failed', 'final'],
    ]);
  });

  it('has the error that an attempt told itself, also where the engine had given it up', () => {
    const errorBefore = { code: 'TIMEOUT', message: 'Activity timed out', stack: null };
    const done = task({ attempt: 2, startedAt: 300, endedAt: 400, end: 'completed', errorBefore });
    const begun = [nodeFrame('a', 'started'), nodeFrame('a', 'retrying', 2)];
    const messages = (...frames: readonly Frame[]) =>
      reconcileNodes(facts({ tasks: [done], seen: seenOf(...frames) }))[0]?.attempts.map(({ error }) => error?.message);
    expect(messages(...begun, nodeFrame('a', 'retrying', 1, true))).toEqual(['x', undefined]);
    expect(messages(...begun)).toEqual(['Activity timed out', undefined]);
  });

  it('takes no frame of a sub-flow for one of the run', () => {
    const frame = nodeFrame('a', 'completed') as Extract<Frame, { readonly type: 'NodeFrame' }>;
    expect(seenOf({ ...frame, data: { ...frame.data, root: RUN.executionId } })).toEqual([]);
  });
});

describe('corrective frames', () => {
  it('tell the whole life of every node when none was seen, and the skipped ones last', () => {
    const outcomes = completedRun();
    const frames = correctiveFrames(RUN, DEFINITION, rows(outcomes), neverVisited(DEFINITION, outcomes), 0);
    expect(shown(frames)).toEqual([
      ...['b started 1', 'b completed 1', 'p started 1', 'p completed 1'],
      ...['t1 scheduled 1', 't1 started 1', 't1 completed 1', 't2 scheduled 1', 't2 started 1', 't2 completed 1'],
      ...['t3 scheduled 1', 't3 started 1', 't3 completed 1', 'w started 1', 'w completed 1', 'never skipped 1'],
    ]);
  });

  it('are only what was not seen', () => {
    const seen = seenOf(...TRACE.map((id) => nodeFrame(id, id === 't2' ? 'started' : 'completed')));
    const { tasks } = readRunHistory(readFixture('completed'));
    const outcomes = reconcileNodes(facts({ tasks, trace: TRACE, seen }));
    expect(shown(correctiveFrames(RUN, DEFINITION, rows(outcomes), [], 0))).toEqual(['t2 completed 1']);
  });

  it('begin a later attempt with retrying, and a node that only began with nothing more', () => {
    const tasks = [task({ attempt: 2, end: 'failed' }), task({ nodeId: 'b' })];
    const outcomes = reconcileNodes(facts({ status: 'Failed', tasks }));
    expect(shown(correctiveFrames(RUN, undefined, rows(outcomes), [], 0))).toEqual([
      ...['a scheduled 1', 'a retrying 2', 'a failed 2', 'b scheduled 1'],
    ]);
  });
});
