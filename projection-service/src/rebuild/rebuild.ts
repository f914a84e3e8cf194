import { partitionOf, type Event, type Frame, type ReadPosition } from '@flowplane/contracts';
import { startOffsets, type KafkaClient } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import { inTransaction, makePool, migrate, type Pool, type PoolClient } from '@flowplane/plumbing/postgres';
import { controlProjection, CONTROL } from '../projections/control.js';
import { RUNS, runsProjection } from '../projections/runs.js';
import { LIVE_SCHEMA, REBUILD_SCHEMA } from '@flowplane/runtime/read-model';
import { openWritePool, readModelMigrations } from '../read-model.js';
import type { DeadLetters } from '@flowplane/runtime/dead-letters';
import type { Projection } from '../runner/projection.js';
import { buildTo } from './build-to.js';
import { carryOver } from './carry-over.js';
import { compareSchemas, type TableDifference } from './compare-schemas.js';
import { readPositions, type ProjectionPositions } from './positions.js';
import { switchSchemas } from './switch-schemas.js';

export type RebuildOptions = {
  readonly kafka: KafkaClient;
  readonly topics: { readonly events: string; readonly runs: string };
  readonly partitions: number;
  readonly url: string;
  readonly commandRetentionMs: number;
  readonly runRetentionMs: number;
  readonly logger: Logger;
  /** Offsets folded and to be folded, after every batch. */
  readonly onProgress: (projection: string, done: number, total: number) => void;
};

export type Rebuild = {
  /** Folds the log up to where the live read models stand now. */
  readonly catchUp: () => Promise<void>;
  /** Compares with the live read models, row by row, at equal positions. */
  readonly verify: () => Promise<readonly TableDifference[]>;
  /** Puts the rebuilt read models in the place of the live ones, which are then dropped. */
  readonly switchOver: () => Promise<void>;
  /** Drops what was rebuilt, unless it was switched to. */
  readonly discard: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const RETIRED_SCHEMA = 'flows_retired';
/** Rows about to pass their retention while the comparison runs are left out as well. */
const RETENTION_MARGIN_MS = 5 * 60_000;

/** Starts a rebuild in a schema of its own, from nothing. */
export async function openRebuild(options: RebuildOptions): Promise<Rebuild> {
  const { kafka, topics, url, logger } = options;
  const livePool = makePool(url, { max: 2, applicationName: 'rebuild live', schema: LIVE_SCHEMA });
  const pool = openWritePool(url, REBUILD_SCHEMA, 3);
  await pool.query(`DROP SCHEMA IF EXISTS ${REBUILD_SCHEMA} CASCADE`);
  await migrate(pool, readModelMigrations(REBUILD_SCHEMA));

  const builds: Readonly<Record<string, (targets: ReadonlyMap<number, ReadPosition>) => Promise<void>>> = {
    [CONTROL]: (targets) => build(options, pool, controlProjection(kafka, topics.events, 'throw'), targets),
    [RUNS]: (targets) => build(options, pool, runsProjection(kafka, topics.runs, logger, 'throw'), targets),
  };
  const buildAll = async (positions: ProjectionPositions): Promise<void> => {
    for (const [projection, targets] of positions) await builds[projection]?.(targets);
  };

  /** @returns whether the runs topic has lost an offset of a run's partition */
  const buildWhole = async (positions: ProjectionPositions, live: PoolClient) => {
    await buildAll(positions);
    const starts = await startOffsets(kafka, topics.runs, allPartitions(options.partitions));
    const isGone = (run: string, offset: number): boolean =>
      offset < (starts.get(partitionOf(run, options.partitions)) ?? 0);
    await carryOver(live, pool, isGone, Math.max(0, ...starts.values()));
    return isGone;
  };

  return {
    catchUp: async () => buildAll(await readPositions(livePool, LIVE_SCHEMA)),
    verify: () =>
      inTransaction(livePool, async (live) => {
        await live.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
        const isGone = await buildWhole(await readPositions(live, LIVE_SCHEMA), live);
        return inTransaction(pool, (rebuilt) => compareSchemas(live, rebuilt, cutoffsOf(options), isGone));
      }),
    switchOver: async () => {
      // As much as possible before the live projections have to wait.
      await buildAll(await readPositions(livePool, LIVE_SCHEMA));
      await switchSchemas({
        pool: livePool,
        live: LIVE_SCHEMA,
        rebuilt: REBUILD_SCHEMA,
        retired: RETIRED_SCHEMA,
        finish: buildWhole,
      });
      await livePool.query(`DROP SCHEMA IF EXISTS ${RETIRED_SCHEMA} CASCADE`);
    },
    discard: async () => {
      await pool.query(`DROP SCHEMA IF EXISTS ${REBUILD_SCHEMA} CASCADE`);
    },
    close: async () => {
      await Promise.all([livePool.end(), pool.end()]);
    },
  };
}

const allPartitions = (count: number): readonly number[] => Array.from({ length: count }, (_, partition) => partition);

function cutoffsOf({ commandRetentionMs, runRetentionMs }: RebuildOptions) {
  const now = Date.now() + RETENTION_MARGIN_MS;
  return { commandsSince: new Date(now - commandRetentionMs), runsSince: new Date(now - runRetentionMs) };
}

/** What went to the dead letters once does not go there again. */
const passOver = (logger: Logger): DeadLetters => ({
  send: (letters) => {
    for (const { origin, reason } of letters) logger.warn({ ...origin, err: reason }, 'a poison record is passed over');
    return Promise.resolve();
  },
});

async function build<M extends Event | Frame>(
  options: RebuildOptions,
  pool: Pool,
  projection: Projection<M>,
  targets: ReadonlyMap<number, ReadPosition>,
): Promise<void> {
  await buildTo({
    projection,
    pool,
    targets,
    deadLetters: passOver(options.logger),
    onProgress: (done, total) => options.onProgress(projection.name, done, total),
  });
}
