import { detailOf, scheduleIdOf, type CronDetail, type FlowVersionPublished } from '@flowplane/contracts';
import { boundedCatchupMs, effectiveTriggerOptions, parseCron, type CanonicalOverlap } from '@flowplane/contracts/flow';

export type FlowScope = { readonly tenantId: string; readonly workspaceId: string; readonly flowId: string };

/** What a version asks of its flow's schedule. Without crons it asks for none. */
export type ScheduleOrder = {
  readonly version: number;
  readonly crons: readonly string[];
  readonly overlap: CanonicalOverlap;
  readonly catchupWindowMs: number;
};

/** The schedule of a flow as it is to be. */
export type DesiredSchedule = FlowScope &
  ScheduleOrder & {
    readonly scheduleId: string;
    readonly paused: boolean;
    /** What was said when it was paused or resumed last. */
    readonly note: string | null;
  };

const DEFAULT_CATCHUP_MS = 60_000;

/**
 * All cron triggers of a version have the same options and time zone (flow-language 3.5).
 *
 * @param maxCatchupFires the catch-up window is cut to about so many fires
 */
export function scheduleOrder({ data }: FlowVersionPublished, maxCatchupFires: number): ScheduleOrder {
  const details = data.triggers
    .map(detailOf)
    .filter((detail): detail is CronDetail => detail.kind === 'cron' && detail.failed !== true);
  const { overlap, catchupWindowMs } = effectiveTriggerOptions(details[0]?.options);
  const crons = details.map(({ schedule }) => schedule);
  const schedules = crons.map(parseCron).flatMap((parsed) => (parsed.ok ? [parsed.schedule] : []));
  return {
    ...{ version: data.version, crons, overlap },
    catchupWindowMs: boundedCatchupMs(schedules, catchupWindowMs ?? DEFAULT_CATCHUP_MS, maxCatchupFires),
  };
}

/** What is wrong with expressions that an earlier release let pass, in whose place the engine would fire never or wrongly. */
export function scheduleFault(crons: readonly string[]): string | undefined {
  return crons.map(parseCron).flatMap((parsed) => (parsed.ok ? [] : [parsed.reason]))[0];
}

export const scheduleIdOfFlow = ({ tenantId, workspaceId, flowId }: FlowScope): string =>
  scheduleIdOf(tenantId, workspaceId, flowId);
