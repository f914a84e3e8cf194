import { param, type Answer, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { orUnavailable } from '@flowplane/runtime/read-model';
import { scheduleIdOfRow, scheduleResource } from '../domain/schedule-row.js';
import { scheduleRowOf, type ScheduleRecord } from '../store/schedule-record.js';
import { readAs, type ReadScope } from './read-scope.js';

export type SchedulesScope = ReadScope & {
  /** An engine is configured, so that schedules fire. */
  readonly schedulingEnabled: boolean;
  /** Of these schedules, those that the engine refuses, with its reason. @throws what a database throws */
  readonly scheduleRefusals: (scheduleIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
};

const OF_WORKSPACE = `
  SELECT * FROM schedules WHERE tenant_id = $1 AND workspace_id = $2 AND cron <> '[]'`;
const LIST = `${OF_WORKSPACE} ORDER BY flow_id`;
const ONE = `${OF_WORKSPACE} AND flow_id = $3`;

/** GET /schedules */
export async function listSchedules(scope: SchedulesScope, call: Call): Promise<Answer> {
  const rows = await read(scope, call, LIST, []);
  return { status: 200, body: { items: await resources(scope, rows) } };
}

/** GET /flows/{flowId}/schedule */
export async function getSchedule(scope: SchedulesScope, call: Call): Promise<Answer> {
  const [row] = await read(scope, call, ONE, [param(call, 'flowId')]);
  if (row === undefined) throw refusal('SCHEDULE_NOT_FOUND');
  return { status: 200, body: (await resources(scope, [row]))[0] };
}

async function resources(scope: SchedulesScope, records: readonly ScheduleRecord[]): Promise<readonly object[]> {
  const rows = records.map(scheduleRowOf);
  const refusals = await orUnavailable(scope.scheduleRefusals(rows.map(scheduleIdOfRow)));
  const now = Date.now();
  return rows.map((row) => scheduleResource(row, now, refusals.get(scheduleIdOfRow(row))));
}

async function read(
  scope: SchedulesScope,
  call: Call,
  text: string,
  more: readonly string[],
): Promise<readonly ScheduleRecord[]> {
  if (!scope.schedulingEnabled) throw refusal('FLOW_SCHEDULING_DISABLED');
  const values = [call.tenantId, call.workspaceId, ...more];
  return readAs(scope, call, async (client) => (await client.query<ScheduleRecord>(text, values)).rows);
}
