import { param, type Call, type PartsAnswer } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { orUnavailable } from '@flowplane/runtime/read-model';
import { scheduleIdOfRow, scheduleResource } from '../domain/schedule-row.js';
import { scheduleRowOf, type ScheduleRecord } from '../store/schedule-record.js';
import { bytesOf, heldAnswer, holdRows, wholeAnswer, type BoundedScope, type HeldRows } from './bounded-rows.js';
import { MAX_PAGE_SIZE } from './paging.js';

export type SchedulesScope = BoundedScope & {
  /** An engine is configured, so that schedules fire. */
  readonly schedulingEnabled: boolean;
  /** Of these schedules, those that the engine refuses, with its reason. @throws what a database throws */
  readonly scheduleRefusals: (scheduleIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
};

const OF_WORKSPACE = `
  SELECT *, ${bytesOf('cron', 'note', 'changed', 'recent')} AS bytes FROM schedules
   WHERE tenant_id = $1 AND workspace_id = $2 AND cron <> '[]'`;

/** GET /schedules */
export async function listSchedules(scope: SchedulesScope, call: Call): Promise<PartsAnswer> {
  const behind = (row?: ScheduleRecord) =>
    row === undefined
      ? read(scope, call, OF_WORKSPACE, [], MAX_PAGE_SIZE)
      : read(scope, call, `${OF_WORKSPACE} AND flow_id > $3`, [row.flow_id], MAX_PAGE_SIZE);
  return wholeAnswer(await behind(), (rows) => resources(scope, rows), behind);
}

/** GET /flows/{flowId}/schedule */
export async function getSchedule(scope: SchedulesScope, call: Call): Promise<PartsAnswer> {
  const found = await read(scope, call, `${OF_WORKSPACE} AND flow_id = $3`, [param(call, 'flowId')], 1);
  if (found.rows.length === 0) {
    found.held.release();
    throw refusal('SCHEDULE_NOT_FOUND');
  }
  return heldAnswer(found.held, async () => (await resources(scope, found.rows))[0] ?? '');
}

async function resources(scope: SchedulesScope, records: readonly ScheduleRecord[]): Promise<readonly string[]> {
  const rows = records.map(scheduleRowOf);
  const refusals = await orUnavailable(scope.scheduleRefusals(rows.map(scheduleIdOfRow)));
  const now = Date.now();
  return rows.map((row) => JSON.stringify(scheduleResource(row, now, refusals.get(scheduleIdOfRow(row)))));
}

async function read(
  scope: SchedulesScope,
  call: Call,
  select: string,
  more: readonly string[],
  limit: number,
): Promise<HeldRows<ScheduleRecord>> {
  if (!scope.schedulingEnabled) throw refusal('FLOW_SCHEDULING_DISABLED');
  const values = [call.tenantId, call.workspaceId, ...more];
  const rows = await holdRows<ScheduleRecord>(scope, call, { select, order: 'flow_id', values, limit });
  if (rows === undefined) throw new TypeError('a list of schedules is always there');
  return rows;
}
