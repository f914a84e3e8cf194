import type { EndingStanding, FlowDefinition, FlowNode, Frame } from '@flowplane/contracts';
import { describe, expect, it } from 'vitest';
import {
  endingFrame,
  inline,
  NO_STANDING,
  nodeFrame,
  plainFrames,
  RUN,
  taskFrames,
} from '../../../test/executor/frames-of-a-run.js';
import { digestOf } from './digest.js';
import { journalTable, type CloseEvent, type JournalNode, type JournalTable } from './journal-table.js';
import { makeSeenFrames } from './seen-frames.js';

const definitionOf = (types: Readonly<Record<string, FlowNode['type']>>): FlowDefinition =>
  ({
    ...{ apiVersion: 'v1.0', name: 'x' },
    nodes: Object.entries(types).map(([id, type]) => ({ id, type })),
  }) as unknown as FlowDefinition;
const DEFINITION = definitionOf({
  ...{ p: 'parallel', s: 'sequence', a: 'task', b: 'task', choose: 'branch', w: 'wait', ok: 'approval', c: 'sub-flow' },
  never: 'task',
});
const FAILURE = { code: 'UPSTREAM_UNAVAILABLE', message: 'no answer' };

type End = Partial<CloseEvent> & { readonly isFollowed?: boolean; readonly definition?: FlowDefinition | undefined };

/** The table from these frames; the standing is that of the last hint among them. */
function tableOf(frames: readonly Frame[], end: End = {}): JournalTable {
  const seen = makeSeenFrames({ values: 'digests' });
  for (const frame of frames) seen.see(frame, 0);
  const run = seen.of(RUN.executionId);
  const said = run.ending?.standing?.json;
  const standing = said === undefined || said === null ? null : (JSON.parse(said) as EndingStanding);
  const close = { status: 'Completed', workflowTask: 7, ...end } as const;
  const definition = 'definition' in end ? end.definition : DEFINITION;
  return journalTable(run, close, standing, definition, end.isFollowed ?? true);
}
const nodesOf = (table: JournalTable): readonly JournalNode[] => {
  if (!('nodes' in table)) throw new Error(`no table: ${JSON.stringify(table)}`);
  return table.nodes;
};
const shown = (table: JournalTable): readonly string[] =>
  nodesOf(table).map(({ outcome: { nodeId, status, attempts, reused } }) =>
    [nodeId, status, ...(reused ? ['reused'] : []), attempts.length].join(' '),
  );
const rowOf = (table: JournalTable, nodeId: string): JournalNode | undefined =>
  nodesOf(table).find(({ outcome }) => outcome.nodeId === nodeId);
const failed = (standing: Partial<EndingStanding>, nodeId: string): Frame =>
  endingFrame({ failed: [[nodeId, FAILURE]], ...standing }, { status: 'Failed', failure: { nodeId, ...FAILURE } });
const FAILED = { status: 'Failed' } as const;

describe('the table of a run from its frames', () => {
  const all: readonly Frame[] = [
    nodeFrame('p', 'started', { startedAt: 1 }),
    ...taskFrames('a', { x: 1 }, { y: 1 }),
    nodeFrame('choose', 'started', { startedAt: 10 }),
    nodeFrame('choose', 'completed', { startedAt: 10, completedAt: 20, facts: '{"decision":{"arm":0}}' }),
    ...plainFrames('w'),
    nodeFrame('ok', 'waiting-approval', { startedAt: 5, input: { message: 'go on?' } }),
    nodeFrame('ok', 'completed', { startedAt: 5, completedAt: 9, output: { approved: true } }),
    ...plainFrames('c', { inner: 1 }),
    nodeFrame('p', 'completed', { startedAt: 1, completedAt: 30 }),
  ];
  const trace = ['p', 'a', 'choose', 'w', 'ok', 'c'];

  it('has each kind of node of one that completed, in the order of its trace; never-visited nodes are not listed', () => {
    const table = tableOf([...all, endingFrame({ trace, arms: [['choose', 0]] })]);
    expect(shown(table)).toEqual(trace.map((id) => `${id} completed 1`));
    expect(rowOf(table, 'a')).toMatchObject({ input: digestOf(inline({ x: 1 })), output: digestOf(inline({ y: 1 })) });
    expect(rowOf(table, 'choose')).toMatchObject({ outcome: { arm: 0 }, output: null });
    // What those who decide are shown is no input of the table.
    expect(rowOf(table, 'ok')).toMatchObject({ input: null, output: digestOf(inline({ approved: true })) });
    expect(rowOf(table, 'c')).toMatchObject({ output: digestOf(inline({ inner: 1 })) });
  });

  it('needs no definition', () => {
    expect(shown(tableOf([...all, endingFrame({ trace })], { definition: undefined }))).toEqual(
      trace.map((id) => `${id} completed 1`),
    );
  });

  it('takes a large value by its hash', () => {
    const ref = 'a'.repeat(64);
    const end = { startedAt: 10, completedAt: 20 } as const;
    const large = nodeFrame('a', 'completed', end);
    if (large.type !== 'NodeFrame') throw new TypeError('no node');
    const stored = { ...large, data: { ...large.data, output: { json: null, ref, sizeBytes: 500_000 } } };
    const table = tableOf([...taskFrames('a', 1), stored, endingFrame({ trace: ['a'] })]);
    expect(rowOf(table, 'a')?.output).toEqual({ hash: ref, sizeBytes: 500_000 });
  });

  it('has a task that failed, with the attempts before it', () => {
    const error = { code: 'X', message: 'first' };
    const table = tableOf(
      [
        ...taskFrames('a', 1),
        nodeFrame('a', 'retrying', { startedAt: 10, completedAt: 20, error }),
        nodeFrame('a', 'retrying', { attemptNumber: 2, startedAt: 30 }),
        nodeFrame('a', 'failed', { attemptNumber: 2, startedAt: 30, completedAt: 40, error: FAILURE }),
        failed({ trace: ['a'], open: [['a', 'scheduled']] }, 'a'),
      ],
      FAILED,
    );
    expect(rowOf(table, 'a')?.outcome).toMatchObject({
      status: 'failed',
      error: FAILURE,
      attempts: [
        { status: 'failed', attemptNumber: 1, error: { message: 'first' } },
        { status: 'failed', attemptNumber: 2, startedAt: 30, completedAt: 40 },
      ],
    });
  });

  it('has a task whose attempt the engine gave up, with the number of the last one that began', () => {
    const table = tableOf(
      [
        ...taskFrames('a', 1),
        nodeFrame('a', 'retrying', { attemptNumber: 2, startedAt: 30 }),
        // The workflow says so, and does not know which attempt it was.
        nodeFrame('a', 'failed', { completedAt: 40, error: FAILURE }),
        failed({ trace: ['a'], open: [['a', 'scheduled']] }, 'a'),
      ],
      FAILED,
    );
    expect(rowOf(table, 'a')?.outcome).toMatchObject({ status: 'failed', error: FAILURE });
    expect(rowOf(table, 'a')?.outcome.attempts.at(-1)).toMatchObject({ attemptNumber: 2, status: 'failed' });
  });

  it('has a task as completed whose output the state of the run did not take', () => {
    const tooLarge = { code: 'StateTooLarge', message: 'too large' };
    const frames = [...taskFrames('a', 1, 2), nodeFrame('a', 'failed', { completedAt: 30, error: tooLarge })];
    const standing = { trace: ['a'], open: [['a', 'scheduled']], failed: [['a', tooLarge]] } as const;
    const ending = endingFrame(standing, { status: 'Failed', failure: { nodeId: 'a', ...tooLarge } });
    const row = rowOf(tableOf([...frames, ending], FAILED), 'a');
    expect(row).toMatchObject({ outcome: { status: 'completed', error: null }, output: digestOf(inline(2)) });
  });

  it('has no input of a task that failed before it was handed to the engine', () => {
    const table = tableOf(
      [
        nodeFrame('a', 'failed', { completedAt: 40, error: FAILURE }),
        failed({ trace: ['a'], open: [['a', 'scheduled']] }, 'a'),
      ],
      FAILED,
    );
    expect(rowOf(table, 'a')).toMatchObject({ input: null, outcome: { status: 'failed', error: FAILURE } });
  });

  it.each(['choose', 'w', 'ok', 'c'])('has %s, which is no task, as the one that failed', (nodeId) => {
    const frames = [nodeFrame(nodeId, 'failed', { startedAt: 1, completedAt: 2, error: FAILURE })];
    const open = [[nodeId, 'started']] as const;
    const table = tableOf([...frames, failed({ trace: [nodeId], open }, nodeId)], FAILED);
    expect(rowOf(table, nodeId)?.outcome).toMatchObject({ status: 'failed', error: FAILURE });
  });

  it('has several that failed at the same time', () => {
    const both = ['a', 'b'].flatMap((id) => [...taskFrames(id, 1), nodeFrame(id, 'failed', { error: FAILURE })]);
    const open = [
      ['a', 'scheduled'],
      ['b', 'scheduled'],
    ] as const;
    const ends = [
      ['a', FAILURE],
      ['b', FAILURE],
    ] as const;
    const table = tableOf([...both, failed({ trace: ['a', 'b'], open, failed: ends }, 'a')], FAILED);
    expect(shown(table)).toEqual(['a failed 1', 'b failed 1']);
  });

  it('leaves a task open whose end is in the log and came too late for the engine', () => {
    const frames = [
      ...[nodeFrame('p', 'started'), ...taskFrames('a', 1), ...taskFrames('b', 2, 'done')],
      nodeFrame('a', 'failed', { error: FAILURE }),
    ];
    const open = [
      ['p', 'started'],
      ['a', 'scheduled'],
      ['b', 'scheduled'],
    ] as const;
    const table = tableOf([...frames, failed({ trace: ['p', 'a', 'b'], open }, 'a')], FAILED);
    expect(shown(table)).toEqual(['p started 1', 'a failed 1', 'b started 1']);
    expect(rowOf(table, 'b')?.output).toBeNull();
  });

  it('has where a run stood that was cancelled', () => {
    const frames = [
      ...[...taskFrames('a', 1), nodeFrame('w', 'started'), nodeFrame('ok', 'waiting-approval')],
      nodeFrame('c', 'started', { startedAt: 10 }),
    ];
    const open = [
      ['a', 'scheduled'],
      ['w', 'started'],
      ['ok', 'waiting-approval'],
      ['c', 'started'],
    ] as const;
    const ending = endingFrame({ trace: open.map(([id]) => id), open }, { status: 'Canceled' });
    expect(shown(tableOf([...frames, ending], { status: 'Canceled' }))).toEqual([
      ...['a started 1', 'w started 1', 'ok waiting-approval 1', 'c started 1'],
    ]);
  });

  it.each(['Terminated', 'TimedOut'] as const)(
    'has what the frames say of a run that was ended from outside: %s',
    (status) => {
      const frames = [...taskFrames('a', 1, 2), ...taskFrames('b', 3), nodeFrame('w', 'started', { startedAt: 1 })];
      const table = tableOf(frames, { status, workflowTask: null });
      expect(shown(table)).toEqual(['a completed 1', 'b started 1', 'w started 1']);
    },
  );

  it('has what a retry did not execute again', () => {
    const again = { reused: true, startedAt: 1, completedAt: 1 } as const;
    const frames = [
      nodeFrame('a', 'completed', { ...again, output: { y: 1 } }),
      nodeFrame('choose', 'completed', again),
      nodeFrame('c', 'completed', { ...again, output: { inner: 1 } }),
      ...taskFrames('b', 1, 2),
    ];
    const reused = ['a', 'choose', 'c'];
    const ending = endingFrame({ trace: [...reused, 'b'], reused, arms: [['choose', -1]] });
    const table = tableOf([...frames, ending]);
    expect(shown(table)).toEqual([
      'a completed reused 0',
      'choose completed reused 0',
      'c completed reused 0',
      'b completed 1',
    ]);
    expect(rowOf(table, 'a')).toMatchObject({ input: null, output: digestOf(inline({ y: 1 })) });
    expect(rowOf(table, 'choose')?.outcome.arm).toBe(-1);
  });

  it('is the same where a run went on as a new one in between: both have the same frames', () => {
    const ending = endingFrame({ trace: ['a', 'b'] });
    const frames = [...taskFrames('a', 1, 2), ...taskFrames('b', 3, 4), ending];
    expect(shown(tableOf(frames))).toEqual(['a completed 1', 'b completed 1']);
  });

  it('has the greatest attempt of two that completed', () => {
    const table = tableOf([
      ...[...taskFrames('a', 1, 'first'), nodeFrame('a', 'retrying', { attemptNumber: 2, startedAt: 30 })],
      nodeFrame('a', 'completed', { attemptNumber: 2, startedAt: 30, completedAt: 40, output: 'second' }),
      endingFrame({ trace: ['a'] }),
    ]);
    expect(rowOf(table, 'a')?.output).toEqual(digestOf(inline('second')));
    expect(rowOf(table, 'a')?.outcome.attempts.at(-1)).toMatchObject({ attemptNumber: 2 });
  });
});

describe('a journal that does not tell the end of a run', () => {
  const whole = [...taskFrames('a', 1, 2), endingFrame({ trace: ['a'] })];

  it('says why', () => {
    expect(tableOf(whole)).toHaveProperty('nodes');
    const without = (status: string): readonly Frame[] =>
      whole.filter(({ type, data }) => type !== 'NodeFrame' || !('status' in data) || data.status !== status);
    expect(tableOf(taskFrames('a', 1, 2))).toEqual({ notWhole: 'end_not_said' });
    expect(tableOf([...taskFrames('a', 1, 2), endingFrame({ trace: ['a'] }, { status: null })])).toEqual({
      notWhole: 'end_not_said',
    });
    expect(tableOf(without('completed'))).toEqual({ notWhole: 'frames_not_seen' });
    expect(tableOf(without('started'))).toEqual({ notWhole: 'input_not_seen' });
    expect(tableOf(whole, { isFollowed: false })).toEqual({ notWhole: 'frames_not_seen' });
    // A node that began and that no frame is known of.
    const more = [...whole.slice(0, -1), endingFrame({ trace: ['a', 'b'] })];
    expect(tableOf(more)).toEqual({ notWhole: 'frames_not_seen' });
  });

  it('is not read by the definition of another flow', () => {
    const another: FlowDefinition = { ...DEFINITION, nodes: [{ id: 'a', type: 'wait', duration: 'PT1S' }] };
    expect(tableOf(whole, { definition: another })).toEqual({ notWhole: 'other_definition' });
    const elsewhere: FlowDefinition = { ...DEFINITION, nodes: [{ id: 'b', type: 'task', taskType: 'echo' }] };
    expect(tableOf(whole, { definition: elsewhere })).toEqual({ notWhole: 'other_definition' });
  });

  it('does not hide that the run came to another end than it said', () => {
    expect(tableOf(whole, { workflowTask: 12 })).toEqual({ notWhole: 'other_end' });
    expect(tableOf(whole, { status: 'Failed' })).toEqual({ notWhole: 'other_end' });
    expect(tableOf(whole, { status: 'Terminated', workflowTask: null })).toEqual({ notWhole: 'other_end' });
  });

  it('counts the last end that was said', () => {
    const again = endingFrame({ ...NO_STANDING, trace: ['a'] }, { workflowTask: 12 });
    expect(tableOf([...whole, again], { workflowTask: 12 })).toHaveProperty('nodes');
  });
});
