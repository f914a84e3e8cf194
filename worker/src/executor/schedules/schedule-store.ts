import type { CanonicalOverlap } from '@flowplane/contracts/flow';
import type { Pool } from '@flowplane/plumbing/postgres';
import { scheduleIdOfFlow, type DesiredSchedule, type FlowScope, type ScheduleOrder } from './desired-schedule.js';

export type StoredSchedule = DesiredSchedule & {
  /** The event that changed it last. */
  readonly logOffset: number;
  /** Why the engine cannot hold it; null: nothing is known against it. */
  readonly refusal: string | null;
  /** How long ago that was, ms. */
  readonly ageMs: number;
};

/**
 * The schedules that the engine is to hold. Each change names the event it comes from; one that was taken in before, or
 * lies before what is known, changes nothing.
 */
export type ScheduleStore = {
  readonly publish: (flow: FlowScope, order: ScheduleOrder, logOffset: number) => Promise<void>;
  readonly drop: (flow: FlowScope, logOffset: number) => Promise<void>;
  readonly setPaused: (
    flow: FlowScope,
    change: Pick<DesiredSchedule, 'paused' | 'note'>,
    logOffset: number,
  ) => Promise<void>;
  /** The tenant's schedules end, and nothing of before makes one again. @returns ids of those there were */
  readonly fence: (tenantId: string, logOffset: number) => Promise<readonly string[]>;
  /** Notes why the engine refuses it, or that it does not any more; nothing when an event has changed it since. */
  readonly setRefusal: (scheduleId: string, logOffset: number, refusal: string | null) => Promise<void>;
  /** Takes refused fires into the row of them. @returns how many that are; undefined: it was taken in before, or is paused */
  readonly countRefused: (scheduleId: string, logOffset: number, fires: number) => Promise<number | undefined>;
  /** An admitted fire ends the row of refused ones. */
  readonly endRefused: (scheduleId: string, logOffset: number) => Promise<void>;
  /** Undefined: the flow has never had one. Without crons: it has none any more. */
  readonly find: (scheduleId: string) => Promise<StoredSchedule | undefined>;
  /** All that the engine is to hold, by id. */
  readonly active: () => Promise<readonly StoredSchedule[]>;
  /** Forgets those that ended longer ago than any event could be applied again. */
  readonly forgetEnded: () => Promise<void>;
};

type Row = {
  readonly schedule_id: string;
  readonly tenant_id: string;
  readonly workspace_id: string;
  readonly flow_id: string;
  readonly version: number;
  readonly crons: readonly string[];
  readonly overlap: CanonicalOverlap;
  readonly catchup_window_ms: string;
  readonly paused: boolean;
  readonly note: string | null;
  readonly log_offset: string;
  readonly refusal: string | null;
  readonly age_ms: string;
};

const COLUMNS = `schedule_id, tenant_id, workspace_id, flow_id, version, crons, overlap, catchup_window_ms, paused, note,
                 log_offset, refusal, extract(epoch FROM now() - changed_at) * 1000 AS age_ms`;
/** A schedule that comes anew is not paused; one that goes on stays as it was. */
const PUT = `
  INSERT INTO executor.schedules AS s (schedule_id, tenant_id, workspace_id, flow_id, version, crons, overlap,
                                       catchup_window_ms, paused, log_offset)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, false, $9
   WHERE NOT EXISTS (SELECT 1 FROM executor.schedule_fences f WHERE f.tenant_id = $2 AND f.log_offset > $9)
  ON CONFLICT (schedule_id) DO UPDATE
    SET version = excluded.version, crons = excluded.crons, overlap = excluded.overlap,
        catchup_window_ms = excluded.catchup_window_ms, paused = s.paused AND s.crons <> '{}',
        note = CASE WHEN s.crons <> '{}' THEN s.note END,
        log_offset = excluded.log_offset, refusal = NULL, refused_in_row = 0, changed_at = now()
  WHERE s.log_offset < excluded.log_offset`;
const DROP = `
  UPDATE executor.schedules SET crons = '{}', paused = false, note = NULL, refusal = NULL, log_offset = $2, changed_at = now()
   WHERE schedule_id = $1 AND log_offset < $2`;
const SET_PAUSED = `
  UPDATE executor.schedules SET paused = $2, note = $4, log_offset = $3, refused_in_row = 0, changed_at = now()
   WHERE schedule_id = $1 AND log_offset < $3 AND crons <> '{}'`;
const FENCE = `
  INSERT INTO executor.schedule_fences AS f (tenant_id, log_offset) VALUES ($1, $2)
  ON CONFLICT (tenant_id) DO UPDATE SET log_offset = greatest(f.log_offset, excluded.log_offset)`;
const END_TENANT = `
  UPDATE executor.schedules SET crons = '{}', paused = false, note = NULL, refusal = NULL, log_offset = $2, changed_at = now()
   WHERE tenant_id = $1 AND log_offset < $2 RETURNING schedule_id`;
const SET_REFUSAL = `
  UPDATE executor.schedules SET refusal = $3
   WHERE schedule_id = $1 AND log_offset = $2 AND refusal IS DISTINCT FROM $3`;
const COUNT_REFUSED = `
  UPDATE executor.schedules SET refused_in_row = refused_in_row + $3, streak_offset = $2
   WHERE schedule_id = $1 AND streak_offset < $2 AND log_offset < $2 AND crons <> '{}' AND NOT paused
  RETURNING refused_in_row`;
const END_REFUSED = `
  UPDATE executor.schedules SET refused_in_row = 0, streak_offset = $2
   WHERE schedule_id = $1 AND streak_offset < $2 AND refused_in_row > 0`;
const FIND = `SELECT ${COLUMNS} FROM executor.schedules WHERE schedule_id = $1`;
const ACTIVE = `SELECT ${COLUMNS} FROM executor.schedules WHERE crons <> '{}' ORDER BY schedule_id`;
const FORGET = "DELETE FROM executor.schedules WHERE crons = '{}' AND changed_at < now() - interval '30 days'";

export function makeScheduleStore(statePool: Pool): ScheduleStore {
  const drop = async (flow: FlowScope, logOffset: number): Promise<void> => {
    await statePool.query(DROP, [scheduleIdOfFlow(flow), logOffset]);
  };
  return {
    publish: async (flow, { version, crons, overlap, catchupWindowMs }, logOffset) => {
      if (crons.length === 0) return drop(flow, logOffset);
      const { tenantId, workspaceId, flowId } = flow;
      const ids = [scheduleIdOfFlow(flow), tenantId, workspaceId, flowId];
      await statePool.query(PUT, [...ids, version, crons, overlap, catchupWindowMs, logOffset]);
    },
    drop,
    setPaused: async (flow, { paused, note }, logOffset) => {
      await statePool.query(SET_PAUSED, [scheduleIdOfFlow(flow), paused, logOffset, note]);
    },
    fence: async (tenantId, logOffset) => {
      await statePool.query(FENCE, [tenantId, logOffset]);
      const { rows } = await statePool.query<{ schedule_id: string }>(END_TENANT, [tenantId, logOffset]);
      return rows.map((row) => row.schedule_id);
    },
    setRefusal: async (scheduleId, logOffset, refusal) => {
      await statePool.query(SET_REFUSAL, [scheduleId, logOffset, refusal]);
    },
    countRefused: async (scheduleId, logOffset, fires) => {
      const values = [scheduleId, logOffset, fires];
      return (await statePool.query<{ refused_in_row: number }>(COUNT_REFUSED, values)).rows[0]?.refused_in_row;
    },
    endRefused: async (scheduleId, logOffset) => {
      await statePool.query(END_REFUSED, [scheduleId, logOffset]);
    },
    find: async (scheduleId) => {
      const { rows } = await statePool.query<Row>(FIND, [scheduleId]);
      return rows[0] === undefined ? undefined : scheduleOf(rows[0]);
    },
    active: async () => (await statePool.query<Row>(ACTIVE)).rows.map(scheduleOf),
    forgetEnded: async () => {
      await statePool.query(FORGET);
    },
  };
}

const scheduleOf = (row: Row): StoredSchedule => ({
  scheduleId: row.schedule_id,
  tenantId: row.tenant_id,
  workspaceId: row.workspace_id,
  flowId: row.flow_id,
  version: row.version,
  crons: row.crons,
  overlap: row.overlap,
  catchupWindowMs: Number(row.catchup_window_ms),
  paused: row.paused,
  note: row.note,
  logOffset: Number(row.log_offset),
  refusal: row.refusal,
  ageMs: Number(row.age_ms),
});
