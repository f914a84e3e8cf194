import type { ReadPosition } from '@flowplane/contracts';
import { inOneTrip, type Pool } from '@flowplane/plumbing/postgres';
import { commitBatch } from '../runner/commit-batch.js';
import type { DeadLetters } from '@flowplane/runtime/dead-letters';
import type { Projection } from '../runner/projection.js';
import type { Slice, Source } from '../runner/source.js';
import { makeBatchBuffer } from '../runner/batch-buffer.js';
import { advanceStatement, asProgressConflict, loadProgress } from '../store/progress.js';

export type BuildOptions<M> = {
  readonly projection: Projection<M>;
  /** Writes into the schema that is built. */
  readonly pool: Pool;
  /** Where to stop, exactly, per partition. */
  readonly targets: ReadonlyMap<number, ReadPosition>;
  readonly deadLetters: DeadLetters;
  /** Called after every batch with offsets done and to be done over all partitions. */
  readonly onProgress: (done: number, total: number) => void;
};

const POLL_WAIT_MS = 500;
const NOTHING_READ = { commandOffset: -1, recordTimeMs: 0, tables: undefined };

/**
 * Folds a projection's topic into a schema up to exactly the given positions, from wherever the schema stands.
 *
 * @throws Error when the log gives another position at a target's offset than the target has: two readers disagree
 */
export async function buildTo<M>(options: BuildOptions<M>): Promise<void> {
  const { projection, pool, targets, deadLetters } = options;
  const total = sum([...targets.values()].map(({ offset }) => offset));
  projection.forget?.();
  const source = projection.openSource();
  const progress = await loadProgress(pool, projection.name, [...targets.keys()], await source.topicId());
  const positions = new Map(progress.positions);
  const behind = new Map([...positions].filter(([partition, { offset }]) => offset < offsetOf(targets, partition)));
  if (behind.size === 0) return source.close();
  const ports = { projection, topic: source.topic, pool, deadLetters, channel: undefined };
  try {
    const starts = await source.assign(behind);
    await skipUnreadable(options, behind, starts);
    const buffer = makeBatchBuffer<M>(behind, Number.MAX_SAFE_INTEGER);
    while (behind.size > 0) {
      const slices = (await source.poll(POLL_WAIT_MS)).flatMap((slice) => cut(slice, targets, behind));
      buffer.add(slices);
      if (slices.length > 0) await commitBatch(ports, await buffer.take());
      for (const { partition, position } of slices) {
        positions.set(partition, position);
        if (position.offset >= offsetOf(targets, partition)) behind.delete(partition);
      }
      options.onProgress(sum([...positions.values()].map(({ offset }) => offset)), total);
    }
  } finally {
    await source.close();
  }
}

const offsetOf = (targets: ReadonlyMap<number, ReadPosition>, partition: number): number =>
  targets.get(partition)?.offset ?? 0;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, value) => total + value, 0);

/** Partitions of which retention has left nothing below the target are done as they are. */
async function skipUnreadable<M>(
  { projection, pool, targets }: BuildOptions<M>,
  behind: Map<number, ReadPosition>,
  starts: Awaited<ReturnType<Source<M>['assign']>>,
): Promise<void> {
  const steps = [...behind].flatMap(([partition, from]) => {
    const to = targets.get(partition);
    const start = starts?.get(partition) ?? 0;
    return to === undefined || start < to.offset ? [] : [{ partition, from, to, ...NOTHING_READ }];
  });
  if (steps.length === 0) return;
  await inOneTrip(pool, [advanceStatement(projection.name, steps, undefined)]).catch(asProgressConflict);
  for (const { partition } of steps) behind.delete(partition);
}

/** The part of a slice below the target. */
function cut<M>(
  slice: Slice<M>,
  targets: ReadonlyMap<number, ReadPosition>,
  behind: ReadonlyMap<number, ReadPosition>,
): readonly Slice<M>[] {
  const target = targets.get(slice.partition);
  if (target === undefined || !behind.has(slice.partition)) return [];
  const { offset, epoch, owner } = slice.position;
  if (offset < target.offset) return [slice];
  if (offset === target.offset && (epoch !== target.epoch || owner !== target.owner)) {
    throw new Error(`partition ${slice.partition}: at offset ${offset} the log and the live read models disagree`);
  }
  return [{ ...slice, items: slice.items.filter((item) => item.offset < target.offset), position: target }];
}
