import type { StreamFrame } from '@flowplane/contracts/client';
import { expect, it } from 'vitest';
import { EMPTY_RUN, withFrames } from './run-model.js';

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
