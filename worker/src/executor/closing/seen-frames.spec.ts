import type { Frame } from '@flowplane/contracts';
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
      const seen = makeSeenFrames({ values: 'digests' });
      for (const frame of frames) seen.see(frame, 0);
      expect(seen.of(RUN.executionId).nodes).toMatchObject([{ nodeId: 'a', status: 'completed', ...second }]);
    }
  });

  it('have an end that is a failure where a later attempt failed', () => {
    const seen = makeSeenFrames({ values: 'digests' });
    seen.see(nodeFrame('a', 'completed', { output: 1 }), 0);
    seen.see(nodeFrame('a', 'failed', { attemptNumber: 2, error: { code: 'X', message: 'm' } }), 0);
    expect(seen.of(RUN.executionId).nodes).toMatchObject([{ status: 'failed', error: { code: 'X' }, output: null }]);
  });

  it('do not change once they were asked for', () => {
    const seen = makeSeenFrames();
    seen.see(nodeFrame('a', 'started', { startedAt: 1 }), 0);
    const before = seen.of(RUN.executionId);
    seen.see(nodeFrame('a', 'retrying', { attemptNumber: 2, startedAt: 2 }), 0);
    expect(before.nodes).toMatchObject([{ status: 'started' }]);
    expect([...(before.nodes[0]?.attempts.keys() ?? [])]).toEqual([1]);
  });

  it('have values and the end only where these are looked at', () => {
    const frames = [...taskFrames('a', { x: 1 }, { y: 2 }), endingFrame({ trace: ['a'] }, { result: { z: 3 } })];
    const [plain, full] = [makeSeenFrames(), makeSeenFrames({ values: 'digests' })];
    for (const frame of frames) for (const seen of [plain, full]) seen.see(frame, 0);
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

  it('have whole values where these are kept, and the offset of the first frame of a node', () => {
    const seen = makeSeenFrames({ values: 'whole' });
    const frames = [...taskFrames('a', { x: 1 }, { y: 2 }), endingFrame({ trace: ['a'] }, { result: { z: 3 } })];
    for (const [index, frame] of frames.entries()) seen.see(frame, 40 + index);
    expect(seen.of(RUN.executionId)).toMatchObject({
      nodes: [{ firstOffset: 40, input: { json: '{"x":1}' }, output: { json: '{"y":2}' } }],
      ending: { result: { json: '{"z":3}' } },
    });
  });

  it('are forgotten where their values are too many, those of the run that began first before others', () => {
    const seen = makeSeenFrames({ values: 'whole', maxBytes: 100 });
    const ofRun = (executionId: string, input: string): void => {
      const { type, data } = nodeFrame('a', 'started', { input }) as Extract<Frame, { type: 'NodeFrame' }>;
      seen.see({ type, data: { ...data, executionId } }, 0);
    };
    ofRun('T:W:F:1', 'x'.repeat(60));
    ofRun('T:W:F:2', 'y'.repeat(30));
    expect(seen.of('T:W:F:1').nodes).toHaveLength(1);
    ofRun('T:W:F:2', 'z'.repeat(30));
    ofRun('T:W:F:3', 'z'.repeat(30));
    expect(['T:W:F:1', 'T:W:F:2', 'T:W:F:3'].map((id) => seen.of(id).nodes.length)).toEqual([0, 1, 1]);
    seen.see({ type: 'RunClosed', data: { ...RUN, executionId: 'T:W:F:2', status: 'Completed', closedAt: 1 } }, 1);
    ofRun('T:W:F:4', 'w'.repeat(60));
    expect(['T:W:F:2', 'T:W:F:3', 'T:W:F:4'].map((id) => seen.of(id).nodes.length)).toEqual([0, 1, 1]);
  });
});
