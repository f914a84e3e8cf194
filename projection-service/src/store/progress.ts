import { commandProgressName, START_OF_LOG, type ReadPosition } from '@flowplane/contracts';
import type { Pool, Statement } from '@flowplane/plumbing/postgres';

/** One partition's step: from where the batch was read, to where it ends. */
export type ProgressStep = {
  readonly partition: number;
  readonly from: ReadPosition;
  readonly to: ReadPosition;
  /** Offset of the last command whose events are in the batch; -1: none. */
  readonly commandOffset: number;
  /** Timestamp of the last record, epoch ms; 0: no record. */
  readonly recordTimeMs: number;
  /** See `Progress`. */
  readonly tables: number | undefined;
};

/** Somebody else moved the progress meanwhile: this batch must not be written. */
export class ProgressConflict extends Error {
  override readonly name = 'ProgressConflict';
}

const BEGIN_AT_START = `
  INSERT INTO projection_progress (projection, partition, next_offset, epoch, owner, topic_id)
  SELECT $1, partition, $3, $4, $5, $6 FROM unnest($2::int[]) AS partition
  ON CONFLICT (projection, partition) DO UPDATE SET topic_id = excluded.topic_id
  WHERE projection_progress.topic_id IS NULL`;

const POSITIONS = `
  SELECT partition, next_offset, epoch, owner, topic_id, tableoid AS tables
    FROM projection_progress WHERE projection = $1 AND partition = ANY ($2)`;

const MOVE = `
  UPDATE projection_progress p SET next_offset = r.at, epoch = r.epoch, owner = r.owner, topic_id = $2
    FROM json_to_recordset($3) AS r(partition int, at bigint, epoch bigint, owner text)
   WHERE p.projection = $1 AND p.partition = r.partition`;

/** First statement of a batch's transaction: its row locks make a second writer wait, and then see that it is late. */
const MOVED = `
  moved AS (
    UPDATE projection_progress p
       SET next_offset = r."toOffset", epoch = r."toEpoch", owner = r."toOwner",
           command_offset = greatest(p.command_offset, r."commandOffset"),
           record_time_ms = greatest(p.record_time_ms, r."recordTimeMs")
      FROM json_to_recordset($2) AS r(partition int, "fromOffset" bigint, "fromEpoch" bigint, "fromOwner" text,
           "toOffset" bigint, "toEpoch" bigint, "toOwner" text, "commandOffset" bigint, "recordTimeMs" bigint,
           tables bigint)
     WHERE p.projection = $1 AND p.partition = r.partition AND p.next_offset = r."fromOffset"
       AND p.epoch = r."fromEpoch" AND p.owner = r."fromOwner"
       AND (r.tables IS NULL OR p.tableoid = r.tables::oid)
    RETURNING p.partition, p.next_offset, p.command_offset)`;

/** A setting that does not exist: to ask for it is the one way in plain SQL to fail with a code and a text of one's own. */
const CONFLICT = 'flowplane.another_writer_moved_the_progress';
const UNDEFINED_OBJECT = '42704';
/** Fails unless every partition has moved, so that what travels behind this statement does not run either. */
const ALL_MOVED = `CASE WHEN (SELECT count(*) FROM moved) <> json_array_length($2) THEN current_setting('${CONFLICT}') END`;

const ADVANCE = `WITH ${MOVED} SELECT ${ALL_MOVED}`;

/**
 * As ADVANCE, and notifies those who wait when the transaction commits: `<projection>:<partition>:<next offset>`, and of
 * which commands the outcomes are in: `<projection>.commands:<partition>:<next command offset>`.
 */
const ADVANCE_AND_ANNOUNCE = `
  WITH ${MOVED},
  notified AS (
    SELECT pg_notify($3, $1 || ':' || partition || ':' || next_offset),
           CASE WHEN command_offset >= 0 THEN pg_notify($3, $4 || ':' || partition || ':' || command_offset + 1) END
      FROM moved)
  SELECT ${ALL_MOVED}, (SELECT count(*) FROM notified)`;

export type Progress = {
  readonly positions: ReadonlyMap<number, ReadPosition>;
  /** Partitions whose position is one of an earlier topic of this name, which was deleted. */
  readonly ofAnotherTopic: ReadonlySet<number>;
  /** What tells these tables from others that get their names later: a rebuild puts others in their place. */
  readonly tables: number | undefined;
};

type ProgressRow = {
  readonly partition: number;
  readonly next_offset: string;
  readonly epoch: string;
  readonly owner: string;
  readonly topic_id: string;
  readonly tables: number;
};

/**
 * How far a projection is in these partitions; those it has never seen begin at the start of the log.
 *
 * @param topicId of the topic as it is now
 */
export async function loadProgress(
  pool: Pool,
  projection: string,
  partitions: readonly number[],
  topicId: string,
): Promise<Progress> {
  const { offset, epoch, owner } = START_OF_LOG;
  await pool.query(BEGIN_AT_START, [projection, partitions, offset, epoch, owner, topicId]);
  const { rows } = await pool.query<ProgressRow>(POSITIONS, [projection, partitions]);
  return {
    positions: new Map(
      rows.map((row) => [
        row.partition,
        { offset: Number(row.next_offset), epoch: Number(row.epoch), owner: row.owner },
      ]),
    ),
    ofAnotherTopic: new Set(rows.filter((row) => row.topic_id !== topicId).map(({ partition }) => partition)),
    tables: rows[0]?.tables,
  };
}

/** Puts a projection's progress somewhere else, where its topic no longer has what it was to read next. */
export async function moveProgress(
  pool: Pool,
  projection: string,
  topicId: string,
  to: ReadonlyMap<number, ReadPosition>,
): Promise<void> {
  const rows = [...to].map(([partition, { offset, epoch, owner }]) => ({ partition, at: offset, epoch, owner }));
  await pool.query(MOVE, [projection, topicId, JSON.stringify(rows)]);
}

/**
 * What moves a projection's progress. It fails when another writer has moved any of the partitions, or other tables have the
 * names now: see `asProgressConflict`.
 *
 * @param channel on which the move is announced; undefined: nobody waits for it
 */
export function advanceStatement(
  projection: string,
  steps: readonly ProgressStep[],
  channel: string | undefined,
): Statement {
  const rows = JSON.stringify(
    steps.map(({ partition, from, to, commandOffset, recordTimeMs, tables }) => ({
      partition,
      fromOffset: from.offset,
      fromEpoch: from.epoch,
      fromOwner: from.owner,
      toOffset: to.offset,
      toEpoch: to.epoch,
      toOwner: to.owner,
      commandOffset,
      recordTimeMs,
      tables,
    })),
  );
  if (channel === undefined) return { name: 'advance', text: ADVANCE, values: [projection, rows] };
  return {
    name: 'advance-announced',
    text: ADVANCE_AND_ANNOUNCE,
    values: [projection, rows, channel, commandProgressName(projection)],
  };
}

/** @throws ProgressConflict where `cause` is an `advanceStatement` that another writer was ahead of; else the cause */
export function asProgressConflict(cause: unknown): never {
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
  if (code === UNDEFINED_OBJECT && String(message).includes(CONFLICT)) {
    throw new ProgressConflict('the tables do not stand where this batch begins', { cause });
  }
  throw cause;
}
