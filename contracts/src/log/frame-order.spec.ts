import { describe, expect, it } from 'vitest';
import { frameRank, makeFrameOrder } from './frame-order.js';
import type { NodeStatus } from './messages/index.js';

const error = { code: 'TIMEOUT', message: 'Activity timed out', stack: null };
const frame = (status: NodeStatus, attemptNumber = 1, failed = false, nodeId = 'a', iteration = 1) => ({
  nodeId,
  iteration,
  status,
  attemptNumber,
  error: failed ? error : null,
});

/** Statuses of the frames that count, in order. */
const accepted = (frames: readonly ReturnType<typeof frame>[]): readonly string[] => {
  const order = makeFrameOrder();
  return frames.filter((item) => order.accept(item)).map((item) => `${item.status} ${item.attemptNumber}`);
};

describe('order of a node’s frames', () => {
  it('lets a whole life pass', () => {
    const life = [
      frame('scheduled'),
      frame('started'),
      frame('retrying', 1, true),
      frame('retrying', 2),
      frame('retrying', 2, true),
      frame('retrying', 3),
      frame('completed', 3),
    ];
    expect(accepted(life)).toHaveLength(life.length);
  });

  it('drops what arrives late', () => {
    expect(accepted([frame('started'), frame('scheduled'), frame('completed'), frame('started', 2)])).toEqual([
      'started 1',
      'completed 1',
    ]);
  });

  it('drops repeats, and keeps the first end', () => {
    expect(accepted([frame('started'), frame('started'), frame('failed', 1, true), frame('completed')])).toEqual([
      'started 1',
      'failed 1',
    ]);
  });

  it('keeps nodes and iterations apart', () => {
    const frames = [frame('completed'), frame('started', 1, false, 'b'), frame('started', 1, false, 'a', 2)];
    expect(accepted(frames)).toHaveLength(3);
  });

  it('goes on from what is known', () => {
    const order = makeFrameOrder([{ nodeId: 'a', iteration: 1, rank: frameRank(frame('started')) }]);
    expect(order.accept(frame('scheduled'))).toBe(false);
    expect(order.accept(frame('completed'))).toBe(true);
  });

  it('lets an approval wait and complete', () => {
    expect(accepted([frame('waiting-approval'), frame('completed'), frame('waiting-approval')])).toEqual([
      'waiting-approval 1',
      'completed 1',
    ]);
  });
});
