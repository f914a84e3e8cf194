import { describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../engine/engine.js';
import { reconcileNodes, type RunFacts } from './reconcile.js';
import { readRunHistory } from './run-history.js';
import type { SubFlowHistory } from './sub-flow-history.js';

const payload = (value: unknown) => ({ data: Buffer.from(JSON.stringify(value)) });
const at = (seconds: number) => ({ eventTime: { seconds: seconds as never, nanos: 5_000_000 } });
const event = (eventId: number, attributes: HistoryEvent): HistoryEvent => ({
  eventId: eventId as never,
  ...at(eventId),
  ...attributes,
});
const initiated = (eventId: number, nodeId: string): HistoryEvent =>
  event(eventId, {
    startChildWorkflowExecutionInitiatedEventAttributes: { memo: { fields: { nodeId: payload(nodeId) } } },
  });
const of = (initiatedEventId: number) => ({ initiatedEventId: initiatedEventId as never });
const textOf = (stored: SubFlowHistory['nodeId'] | undefined): unknown =>
  JSON.parse(Buffer.from(stored?.data ?? []).toString('utf8'));

describe('sub-flows in a history', () => {
  it('have begun, ended one way or another, or not', () => {
    const failure = { message: 'no', applicationFailureInfo: { type: 'X' } };
    const { subFlows } = readRunHistory([
      ...['a', 'b', 'c', 'd', 'e'].map((id, index) => initiated(index + 1, id)),
      event(6, { childWorkflowExecutionCompletedEventAttributes: { ...of(1), result: { payloads: [payload({})] } } }),
      event(7, { childWorkflowExecutionFailedEventAttributes: { ...of(2), failure } }),
      event(8, { childWorkflowExecutionCanceledEventAttributes: of(3) }),
      event(9, { childWorkflowExecutionTerminatedEventAttributes: of(4) }),
    ]);
    expect(subFlows.map(({ nodeId, end, startedAt, endedAt }) => [textOf(nodeId), end, startedAt, endedAt])).toEqual([
      ['a', 'completed', 1005, 6005],
      ['b', 'failed', 2005, 7005],
      ['c', 'canceled', 3005, 8005],
      ['d', 'failed', 4005, 9005],
      ['e', 'open', 5005, null],
    ]);
    expect(subFlows[1]?.error).toMatchObject({ code: 'X', message: 'no' });
    expect(textOf(subFlows[0]?.result)).toEqual({});
  });

  it('count once when their first id was taken', () => {
    const { subFlows } = readRunHistory([
      initiated(1, 'a'),
      event(2, { startChildWorkflowExecutionFailedEventAttributes: of(1) }),
      initiated(3, 'a'),
    ]);
    expect(subFlows.map(({ startedAt }) => startedAt)).toEqual([3005]);
  });

  it('tell whether the run is one itself', () => {
    const started = (parent: object) => event(1, { workflowExecutionStartedEventAttributes: parent });
    expect(readRunHistory([started({ parentWorkflowExecution: { workflowId: 'p' } })]).isChild).toBe(true);
    expect(readRunHistory([started({})]).isChild).toBe(false);
  });
});

const child = (over: Partial<SubFlowHistory> = {}): SubFlowHistory => ({
  ...{ nodeId: null, startedAt: 10, endedAt: 20, end: 'completed', result: null, error: null },
  ...over,
});
const table = (facts: Partial<RunFacts>): readonly unknown[] =>
  reconcileNodes({
    ...{ status: 'Failed', failure: null, tasks: [], subFlows: new Map(), trace: null, open: new Map() },
    ...{ reused: new Set<string>(), arms: new Map(), seen: [] },
    ...facts,
  }).map(({ nodeId, status, reused, arm, error, attempts }) => ({ nodeId, status, reused, arm, error, attempts }));
const attempt = (status: string, startedAt: number | null, completedAt: number | null) => [
  { status, attemptNumber: 1, startedAt, completedAt },
];
const rest = { reused: false, arm: undefined, error: null };

describe('the final node table without frames', () => {
  it('has sub-flows as the history has them', () => {
    const failure = { nodeId: 'f', code: 'X', message: 'no' };
    const subFlows = new Map([
      ['c', child()],
      ['f', child({ end: 'failed', error: { code: 'Y', message: 'below', stack: null } })],
      ['x', child({ end: 'canceled' })],
      ['o', child({ end: 'open', endedAt: null })],
    ]);
    expect(table({ failure, subFlows })).toEqual([
      { ...rest, nodeId: 'c', status: 'completed', attempts: attempt('completed', 10, 20) },
      {
        ...{ ...rest, nodeId: 'f', status: 'failed', attempts: attempt('failed', 10, 20) },
        error: { code: 'X', message: 'no', stack: null },
      },
      { ...rest, nodeId: 'x', status: 'started', attempts: attempt('started', 10, null) },
      { ...rest, nodeId: 'o', status: 'started', attempts: attempt('started', 10, null) },
    ]);
  });

  it('fails the node of a child that was well but whose state was too much', () => {
    const failure = { nodeId: 'c', code: 'StateTooLarge', message: 'no' };
    expect(table({ failure, subFlows: new Map([['c', child()]]) })).toMatchObject([{ nodeId: 'c', status: 'failed' }]);
  });

  it('has all other nodes as the run reported when it failed', () => {
    const failure = { nodeId: 'h', code: 'X', message: 'no' };
    const trace = ['p', 'a', 'b', 'w', 'h'];
    const open = new Map([['p', 'started'] as const, ['w', 'started'] as const, ['h', 'scheduled'] as const]);
    expect(table({ failure, trace, open, reused: new Set(['a', 'b']), arms: new Map([['b', -1]]) })).toMatchObject([
      { nodeId: 'p', status: 'started', reused: false },
      { nodeId: 'a', status: 'completed', reused: true, attempts: [] },
      { nodeId: 'b', status: 'completed', reused: true, arm: -1, attempts: [] },
      { nodeId: 'w', status: 'started', reused: false },
      { nodeId: 'h', status: 'failed', error: { code: 'X' } },
    ]);
  });
});
