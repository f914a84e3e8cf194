import { frameKey, type Frame } from '@flowplane/contracts';
import type { KafkaClient } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import type { StopAtNewer } from '@flowplane/runtime/consume';
import { foldRuns, type LoggedFrame } from '../domain/runs-batch.js';
import { folded, type Projection } from '../runner/projection.js';
import { knownRuns, runsReads, runsWrites } from '../store/runs-tables.js';
import { openFrameSource } from './frame-source.js';

export const RUNS = 'runs';

/** Frames → frames, nodes, sub_flow_nodes. */
export function runsProjection(
  kafka: KafkaClient,
  runsTopic: string,
  logger: Logger,
  onNewer: StopAtNewer,
): Projection<Frame> {
  return {
    name: RUNS,
    openSource: () => openFrameSource(kafka, runsTopic, logger, onNewer),
    work: (batch) => {
      if (batch.length === 0) return { writes: [] };
      return {
        reads: runsReads(idsOf(batch, frameKey), idsOf(batch, childOf)),
        writesFrom: (answers) => runsWrites(folded(() => foldRuns(batch, knownRuns(answers)))),
      };
    },
  };
}

/** Without repeats. */
function idsOf(batch: readonly LoggedFrame[], idOf: (frame: Frame) => string | undefined): readonly string[] {
  const ids = batch.map(({ message }) => idOf(message)).filter((id) => id !== undefined);
  return [...new Set(ids)];
}

/** The run of a sub-flow that a frame is of. */
const childOf = (frame: Frame): string | undefined => {
  const { executionId } = frame.data;
  return frameKey(frame) === executionId ? undefined : executionId;
};
