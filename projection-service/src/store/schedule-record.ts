import type { RecentAction, ScheduleChange, ScheduleRow } from '../domain/schedule-row.js';

/** A row of `schedules` as the driver returns it. */
export type ScheduleRecord = {
  readonly tenant_id: string;
  readonly workspace_id: string;
  readonly flow_id: string;
  readonly cron: string;
  readonly paused: boolean;
  readonly note: string | null;
  readonly changed: string | null;
  readonly recent: string;
};

export const scheduleRowOf = (record: ScheduleRecord): ScheduleRow => ({
  tenantId: record.tenant_id,
  workspaceId: record.workspace_id,
  flowId: record.flow_id,
  cron: JSON.parse(record.cron) as readonly string[],
  paused: record.paused,
  note: record.note,
  changed: record.changed === null ? null : (JSON.parse(record.changed) as ScheduleChange),
  recent: JSON.parse(record.recent) as readonly RecentAction[],
});

/** As the record set of the write takes it. */
export const scheduleRecordOf = (row: ScheduleRow) => ({
  ...row,
  cron: JSON.stringify(row.cron),
  changed: row.changed === null ? null : JSON.stringify(row.changed),
  recent: JSON.stringify(row.recent),
});
