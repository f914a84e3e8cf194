import { describe, expect, it } from 'vitest';
import { endingFrame, nodeFrame, RUN, taskFrames } from '../../../test/executor/frames-of-a-run.js';
import { makeSeenFrames } from './seen-frames.js';

describe('the frames seen of a run', () => {
  it('of two ends of a node have the one with the greater attempt, whichever comes first', () => {
    const ends = [
      nodeFrame('a', 'completed', { attemptNumber: 2, startedAt: 30, output: 'second' }),
      nodeFrame('a', 'completed', { attemptNumber: 1, startedAt: 10, output: 'first' }),
    ];
    const second = { attemptNumber: 2, output: { sizeBytes: 8 } };
    for (const frames of [ends, ends.toReversed()]) {
      const seen = makeSeenFrames({ withValues: true });
      for (const frame of frames) seen.see(frame);
      expect(seen.of(RUN.executionId).nodes).toMatchObject([{ nodeId: 'a', status: 'completed', ...second }]);
    }
  });

  it('have an end that is a failure where a later attempt failed', () => {
    const seen = makeSeenFrames({ withValues: true });
    seen.see(nodeFrame('a', 'completed', { output: 1 }));
    seen.see(nodeFrame('a', 'failed', { attemptNumber: 2, error: { code: 'X', message: 'm' } }));
    expect(seen.of(RUN.executionId).nodes).toMatchObject([{ status: 'failed', error: { code: 'X' }, output: null }]);
  });

  it('do not change once they were asked for', () => {
    const seen = makeSeenFrames();
    seen.see(nodeFrame('a', 'started', { startedAt: 1 }));
    const before = seen.of(RUN.executionId);
    seen.see(nodeFrame('a', 'retrying', { attemptNumber: 2, startedAt: 2 }));
    expect(before.nodes).toMatchObject([{ status: 'started' }]);
    expect([...(before.nodes[0]?.attempts.keys() ?? [])]).toEqual([1]);
  });

  it('have values and the end only where these are looked at', () => {
    const frames = [...taskFrames('a', { x: 1 }, { y: 2 }), endingFrame({ trace: ['a'] }, { result: { z: 3 } })];
    const [plain, full] = [makeSeenFrames(), makeSeenFrames({ withValues: true })];
    for (const frame of frames) for (const seen of [plain, full]) seen.see(frame);
    expect(plain.of(RUN.executionId)).toMatchObject({ nodes: [{ input: null, output: null }], ending: undefined });
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
    expect(full.of(RUN.executionId)).toMatchObject({
      nodes: [{ wasScheduled: true, input: { hash, sizeBytes: 7 }, output: { hash, sizeBytes: 7 } }],
      ending: { status: 'Completed', result: { hash, sizeBytes: 7 } },
    });
  });

  it('are those from the start of a run only where nothing was missed since', () => {
    const seen = makeSeenFrames();
    expect(seen.isFollowedFrom(1000)).toBe(false);
    seen.missed(500);
    expect([seen.isFollowedFrom(499), seen.isFollowedFrom(500)]).toEqual([false, true]);
    seen.missed(2000);
    expect(seen.isFollowedFrom(1000)).toBe(false);
  });
});
