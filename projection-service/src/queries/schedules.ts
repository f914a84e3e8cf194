import { param, type Answer, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { scheduleResource } from '../domain/schedule-row.js';
import { scheduleRowOf, type ScheduleRecord } from '../store/schedule-record.js';
import { readAs, type ReadScope } from './read-scope.js';

export type SchedulesScope = ReadScope & {
  /** An engine is configured, so that schedules fire. */
  readonly schedulingEnabled: boolean;
};

const OF_WORKSPACE = `
  SELECT * FROM schedules WHERE tenant_id = $1 AND workspace_id = $2 AND cron <> '[]'`;
const LIST = `${OF_WORKSPACE} ORDER BY flow_id`;
const ONE = `${OF_WORKSPACE} AND flow_id = $3`;

/** GET /schedules */
export async function listSchedules(scope: SchedulesScope, call: Call): Promise<Answer> {
  const rows = await read(scope, call, LIST, []);
  const now = Date.now();
  return { status: 200, body: { items: rows.map((row) => scheduleResource(scheduleRowOf(row), now)) } };
}

/** GET /flows/{flowId}/schedule */
export async function getSchedule(scope: SchedulesScope, call: Call): Promise<Answer> {
  const [row] = await read(scope, call, ONE, [param(call, 'flowId')]);
  if (row === undefined) throw refusal('SCHEDULE_NOT_FOUND');
  return { status: 200, body: scheduleResource(scheduleRowOf(row), Date.now()) };
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
