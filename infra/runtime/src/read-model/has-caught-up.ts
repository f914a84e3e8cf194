import { CONTROL_PROJECTION } from '@flowplane/contracts';
import { endOffsets, type KafkaClient } from '@flowplane/plumbing/kafka';
import type { ProgressTracker } from './progress-tracker.js';

/** Time for events that are being projected, ms. */
const WAIT_MS = 10_000;

/**
 * Whether the read models have all events that the log had when this was asked. What removes something because no row
 * refers to it asks first: an empty, restored or late read model refers to little.
 *
 * @param topic of the events
 */
export async function hasCaughtUp(options: {
  readonly kafka: KafkaClient;
  readonly topic: string;
  readonly partitions: number;
  readonly progress: ProgressTracker;
}): Promise<boolean> {
  const { kafka, topic, progress } = options;
  const partitions = Array.from({ length: options.partitions }, (_, partition) => partition);
  const ends = await endOffsets(kafka, topic, partitions);
  const deadline = Date.now() + WAIT_MS;
  const reached = await Promise.all(
    partitions.map((partition) =>
      progress.waitFor([CONTROL_PROJECTION], partition, ends.get(partition) ?? 0, deadline),
    ),
  );
  return reached.every(Boolean);
}
