import type { Pool } from '@flowplane/plumbing/postgres';

/** Kept by the executor, which is the only one that hears what the engine says. */
const TABLE = 'executor.schedules';
const REFUSED = `SELECT schedule_id, refusal FROM ${TABLE} WHERE schedule_id = ANY($1) AND refusal IS NOT NULL`;
const IS_THERE = `
  SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('${TABLE}') AND attname = 'refusal' AND NOT attisdropped`;

/** Which schedules the engine refuses, and why; none while no executor of this release has run. */
export function makeScheduleRefusals(statePool: Pool) {
  let isThere = false;
  return async (scheduleIds: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    if (scheduleIds.length === 0) return new Map();
    isThere ||= (await statePool.query(IS_THERE)).rowCount === 1;
    if (!isThere) return new Map();
    const { rows } = await statePool.query<{ schedule_id: string; refusal: string }>(REFUSED, [scheduleIds]);
    return new Map(rows.map(({ schedule_id: id, refusal }) => [id, refusal]));
  };
}
