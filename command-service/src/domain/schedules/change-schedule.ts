import type { PauseSchedule, ResumeSchedule, TriggerSchedule } from '@flowplane/contracts';
import { accepted, refusedAs, type Decision } from '../decision.js';
import { flowOf } from '../flows/state.js';
import type { TenantState } from '../tenant-state.js';

const EVENTS = {
  PauseSchedule: 'SchedulePaused',
  ResumeSchedule: 'ScheduleResumed',
  TriggerSchedule: 'ScheduleTriggered',
} as const;

/** 404 `SCHEDULE_NOT_FOUND` unless the latest version of the flow has a cron trigger (flows-api 8). */
export function changeSchedule(
  { flows }: TenantState,
  { type, meta, data: { flowId } }: PauseSchedule | ResumeSchedule | TriggerSchedule,
): Decision {
  const triggers = flowOf(flows, meta, flowId)?.triggers.values() ?? [];
  const hasCron = [...triggers].some(({ kind }) => kind === 'cron');
  return hasCron ? accepted({ type: EVENTS[type], data: { flowId } }) : refusedAs('SCHEDULE_NOT_FOUND', { flowId });
}
