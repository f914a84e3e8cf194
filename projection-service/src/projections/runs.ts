import type { Frame } from '@flowplane/contracts';
import type { KafkaClient } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import type { StopAtNewer } from '@flowplane/runtime/consume';
import { foldRuns } from '../domain/runs-batch.js';
import { folded, type Projection } from '../runner/projection.js';
import { knownRuns, runsReads, runsWrites } from '../store/runs-tables.js';
import { openFrameSource } from './frame-source.js';

export const RUNS = 'runs';

/** Frames → frames, nodes. */
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
      const executionIds = [...new Set(batch.map(({ message }) => message.data.executionId))];
      return {
        reads: runsReads(executionIds),
        writesFrom: (answers) => runsWrites(folded(() => foldRuns(batch, knownRuns(answers)))),
      };
    },
  };
}
