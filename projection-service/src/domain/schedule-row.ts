import { scheduleIdOf } from '@flowplane/contracts';
import { nextFireTimes, parseCron } from '@flowplane/contracts/flow';
import { isoTime } from './plain-text.js';

/** A fire: when it was due, when it was decided, and the run; null: it was refused. Times are epoch milliseconds. */
export type RecentAction = {
  readonly scheduledAt: number;
  readonly takenAt: number;
  readonly workflowId: string | null;
};

/** The schedule of a flow as the read model holds it; without cron expressions there is none. */
export type ScheduleRow = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
  readonly cron: readonly string[];
  readonly paused: boolean;
  readonly note: string | null;
  /** Newest last. */
  readonly recent: readonly RecentAction[];
};

const NEXT_TIMES = 10;

/** The schedule resource (flows-api 8) as of `nowMs`, its next times computed from the expressions alone. */
export function scheduleResource(row: ScheduleRow, nowMs: number): Readonly<Record<string, unknown>> {
  const { tenantId, workspaceId, flowId, cron, paused, note } = row;
  return {
    scheduleId: scheduleIdOf(tenantId, workspaceId, flowId),
    flowId,
    workspaceId,
    paused,
    note,
    cron,
    nextActionTimes: paused ? [] : nextTimes(cron, nowMs).map(isoTime),
    recentActions: row.recent.map(({ scheduledAt, takenAt, workflowId }) => ({
      scheduledAt: isoTime(scheduledAt),
      takenAt: isoTime(takenAt),
      workflowId,
    })),
  };
}

function nextTimes(cron: readonly string[], nowMs: number): readonly number[] {
  const schedules = cron.map(parseCron).flatMap((parsed) => (parsed.ok ? [parsed.schedule] : []));
  return nextFireTimes(schedules, nowMs, NEXT_TIMES);
}
