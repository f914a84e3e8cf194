import { scheduleIdOf } from '@flowplane/contracts';
import { nextFireTimes, parseCron } from '@flowplane/contracts/flow';
import { isoTime } from '@flowplane/contracts/read-model';

/** A fire: when it was due, when it was decided, and the run; null: it was refused. Times are epoch milliseconds. */
export type RecentAction = {
  readonly scheduledAt: number;
  readonly takenAt: number;
  readonly workflowId: string | null;
};

/** `by` null: the executor, since too many fires were refused. `at` is epoch milliseconds. */
export type ScheduleChange = { readonly by: string | null; readonly at: number };

/** The schedule of a flow as the read model holds it; without cron expressions there is none. */
export type ScheduleRow = {
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly flowId: string;
  readonly cron: readonly string[];
  readonly paused: boolean;
  readonly note: string | null;
  /** Who paused or resumed it last; null: nobody has, or a release has projected it that does not keep this. */
  readonly changed: ScheduleChange | null;
  /** Newest last. */
  readonly recent: readonly RecentAction[];
};

const NEXT_TIMES = 10;

export const scheduleIdOfRow = ({ tenantId, workspaceId, flowId }: ScheduleRow): string =>
  scheduleIdOf(tenantId, workspaceId, flowId);

/**
 * The schedule resource (flows-api 8) as of `nowMs`, its next times computed from the expressions alone.
 *
 * @param refusal why the engine does not hold the schedule
 */
export function scheduleResource(row: ScheduleRow, nowMs: number, refusal?: string): Readonly<Record<string, unknown>> {
  const { workspaceId, flowId, cron, paused, note, changed } = row;
  return {
    scheduleId: scheduleIdOfRow(row),
    flowId,
    workspaceId,
    paused,
    note: refusal === undefined ? note : `It does not fire: ${refusal}`,
    changedBy: changed?.by ?? null,
    changedAt: changed === null ? null : isoTime(changed.at),
    cron,
    nextActionTimes: paused || refusal !== undefined ? [] : nextTimes(cron, nowMs).map(isoTime),
    recentActions: row.recent.map(({ scheduledAt, takenAt, workflowId }) => ({
      scheduledAt: isoTime(scheduledAt),
      takenAt: isoTime(takenAt),
      workflowId,
    })),
  };
}

/** Of schedules that were read lately, by their expressions: they stay the next ones until the first of them. */
const LATELY = new Map<string, { readonly after: number; readonly times: readonly number[] }>();
const MAX_LATELY = 1000;

function nextTimes(cron: readonly string[], nowMs: number): readonly number[] {
  const key = JSON.stringify(cron);
  const known = LATELY.get(key);
  if (known !== undefined && known.after <= nowMs && nowMs < (known.times[0] ?? Infinity)) return known.times;
  const times = computedTimes(cron, nowMs);
  LATELY.delete(key);
  LATELY.set(key, { after: nowMs, times });
  for (const [oldest] of LATELY) {
    if (LATELY.size <= MAX_LATELY) break;
    LATELY.delete(oldest);
  }
  return times;
}

function computedTimes(cron: readonly string[], nowMs: number): readonly number[] {
  const schedules = cron.map(parseCron).flatMap((parsed) => (parsed.ok ? [parsed.schedule] : []));
  return nextFireTimes(schedules, nowMs, NEXT_TIMES);
}
