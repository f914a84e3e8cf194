import type { StreamFrame } from '@flowplane/contracts/client';
import { describe, expect, it } from 'vitest';
import {
  detailAgainMs,
  EMPTY_RUN,
  KEPT_LINES,
  nextAttemptOf,
  statesOf,
  withFrames,
  type RunDetail,
} from './run-model.js';

const AT = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.000Z', '2026-01-01T00:00:02.000Z'] as const;
const frame = (id: number, nodeId: string, status: string, more: object = {}): StreamFrame =>
  ({
    type: 'node-status',
    id: `${id}`,
    nodeId,
    status,
    attemptNumber: 1,
    startedAt: null,
    completedAt: null,
    ...more,
  }) as StreamFrame;

it('keeps each attempt with its times and its error', () => {
  const view = withFrames(EMPTY_RUN, [
    frame(1, 'a', 'scheduled'),
    frame(2, 'a', 'started', { startedAt: AT[0] }),
    frame(3, 'a', 'retrying', { startedAt: AT[0], completedAt: AT[1], error: { message: 'no' } }),
    frame(4, 'a', 'retrying', { attemptNumber: 2, startedAt: AT[2] }),
    frame(5, 'a', 'completed', { attemptNumber: 2, startedAt: AT[2], completedAt: AT[2] }),
  ]);
  expect(view.nodes.get('a')).toEqual({
    ...{ status: 'completed', reused: false },
    attempts: [
      { attemptNumber: 1, status: 'retrying', startedAt: AT[0], completedAt: AT[1], error: { message: 'no' } },
      { attemptNumber: 2, status: 'completed', startedAt: AT[2], completedAt: AT[2], error: undefined },
    ],
  });
});

it('is the same whether frames come one by one or together', () => {
  const frames = [
    frame(1, 'a', 'started'),
    { type: 'log-line', id: '2', nodeId: 'a', level: 'warn', message: 'm', timestamp: AT[0] } as StreamFrame,
    frame(3, 'a', 'failed', { error: { message: 'why' } }),
    frame(4, 'b', 'skipped'),
    { type: 'stream-end', status: 'Failed' } as StreamFrame,
  ];
  const together = withFrames(EMPTY_RUN, frames);
  expect(frames.reduce((view, one) => withFrames(view, [one]), EMPTY_RUN)).toEqual(together);
  expect([together.current, together.ended, together.nodes.get('b')?.status]).toEqual(['a', 'Failed', 'skipped']);
  expect(together.log.map(({ level, message }) => [level, message])).toEqual([
    ['info', 'started'],
    ['warn', 'm'],
    ['error', 'failed – why'],
  ]);
});

it('knows when the next attempt is due, until that begins', () => {
  const failed = { startedAt: AT[0], completedAt: AT[1], nextAttemptAt: AT[2], error: { message: 'no' } };
  const next = (...frames: readonly StreamFrame[]) => {
    const { status, attempts } = withFrames(EMPTY_RUN, frames).nodes.get('a') ?? { status: 'pending', attempts: [] };
    return nextAttemptOf(status, attempts);
  };
  const first = [frame(1, 'a', 'started', { startedAt: AT[0] }), frame(2, 'a', 'retrying', failed)];
  expect(next(...first)).toBe(AT[2]);
  expect(next(...first, frame(3, 'a', 'retrying', { attemptNumber: 2, startedAt: AT[2] }))).toBeUndefined();
});

it('keeps the last lines of a long log, and counts the others', () => {
  const note = (id: number): StreamFrame =>
    ({ type: 'log-line', id: `${id}`, nodeId: 'a', level: 'info', message: `m${id}`, timestamp: AT[0] }) as StreamFrame;
  let view = EMPTY_RUN;
  const all = 3 * KEPT_LINES;
  for (let id = 0; id < all; id += 100) {
    view = withFrames(
      view,
      Array.from({ length: 100 }, (_, index) => note(id + index)),
    );
    expect(view.log.length).toBeLessThan(KEPT_LINES * 1.2);
  }
  expect([view.log.at(-1)?.message, view.log.length + view.leftOut]).toEqual([`m${all - 1}`, all]);
  expect(view.log[0]?.message).toBe(`m${view.leftOut}`);
});

it('adds to what the stream tells what only the detail knows', () => {
  const node = (nodeId: string, status: string, output: unknown = null) => ({
    ...{ nodeId, status, output, reused: false, attempts: [] },
  });
  const read = {
    nodes: [
      node('a', 'completed', { httpStatus: 404 }),
      node('b', 'completed', { httpStatus: '200' }),
      node('c', 'pending'),
      node('d', 'started'),
    ],
  } as unknown as RunDetail;
  const states = statesOf(read, withFrames(EMPTY_RUN, [frame(1, 'a', 'completed'), frame(2, 'd', 'completed')]));
  expect([...states].map(([id, { status, httpStatus }]) => [id, status, httpStatus])).toEqual([
    ['a', 'completed', 404],
    ['d', 'completed', undefined],
    ['b', 'completed', undefined],
  ]);
});

describe('the detail of a run', () => {
  const detail = (status: string, nodeStatus = 'pending'): RunDetail =>
    ({ status, nodes: [{ nodeId: 'a', status: nodeStatus }] }) as unknown as RunDetail;
  const started = withFrames(EMPTY_RUN, [frame(1, 'a', 'started')]);
  const ended = withFrames(started, [{ type: 'stream-end', status: 'Completed' } as StreamFrame]);
  const againMs = (known: RunDetail, view = EMPTY_RUN, isRefused = false, selected: string | null = null) =>
    detailAgainMs(known, { view, selected, isRefused });

  it('is read again soon where the stream is ahead of it', () => {
    expect(againMs(detail('Running', 'started'), ended)).toBe(1_000);
    expect(againMs(detail('Pending'), started)).toBe(1_000);
    expect(againMs(detail('Running'), started, false, 'a')).toBe(1_000);
    expect(againMs(detail('Running'), started)).toBe(false);
  });

  it('is read again slowly while the stream says nothing, until the run is over', () => {
    expect(againMs(detail('Pending'))).toBe(5_000);
    expect(againMs(detail('Running'), EMPTY_RUN, true)).toBe(5_000);
    expect(againMs(detail('Completed'), EMPTY_RUN, true)).toBe(false);
    expect(againMs(detail('Running'))).toBe(false);
  });

  it('is read again slowly while calls are shown whose answers it does not have', () => {
    const view = withFrames(started, [frame(2, 'a', 'completed')]);
    const again = (known: RunDetail, calls: readonly string[]) =>
      detailAgainMs(known, { view, selected: null, isRefused: false, calls: new Set(calls) });
    expect(again(detail('Running', 'started'), ['a'])).toBe(5_000);
    expect(again(detail('Running', 'started'), ['b'])).toBe(false);
    expect(again(detail('Running', 'completed'), ['a'])).toBe(false);
  });
});
