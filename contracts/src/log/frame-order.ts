import { assertNever } from '../assert-never.js';
import type { NodeFrame } from './messages/index.js';

const SCHEDULED = 0;
const TERMINAL = Number.MAX_SAFE_INTEGER;

/**
 * Place of a frame in the life of its node (flows-api 9.5): a frame counts only if its rank is greater than that of
 * every earlier one of the same node and iteration. An attempt has two places, its start and its failure with another
 * attempt to come; whatever ends a node is last, and the first end wins.
 */
export function frameRank(frame: Pick<NodeFrame, 'status' | 'attemptNumber' | 'error'>): number {
  switch (frame.status) {
    case 'scheduled':
      return SCHEDULED;
    case 'started':
    case 'waiting-approval':
      return 2 * frame.attemptNumber;
    case 'retrying':
      return 2 * frame.attemptNumber + (frame.error === null ? 0 : 1);
    case 'completed':
    case 'failed':
    case 'skipped':
      return TERMINAL;
    default:
      return assertNever(frame.status);
  }
}

/** Decides, frame by frame in log order, which node frames of one run count. */
export type FrameOrder = {
  /** @returns false for a frame that goes back or repeats. */
  readonly accept: (frame: Pick<NodeFrame, 'nodeId' | 'iteration' | 'status' | 'attemptNumber' | 'error'>) => boolean;
};

/** Rank of the last frame of a node that counted. */
export type NodeRank = { readonly nodeId: string; readonly iteration: number; readonly rank: number };

/** @param known what earlier frames of the run came to */
export function makeFrameOrder(known: readonly NodeRank[] = []): FrameOrder {
  const ranks = new Map(known.map(({ nodeId, iteration, rank }) => [`${iteration}/${nodeId}`, rank]));
  return {
    accept: (frame) => {
      const key = `${frame.iteration}/${frame.nodeId}`;
      const rank = frameRank(frame);
      const before = ranks.get(key);
      if (before !== undefined && rank <= before) return false;
      ranks.set(key, rank);
      return true;
    },
  };
}
