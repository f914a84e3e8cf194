import type { PauseSchedule, ResumeSchedule, TriggerSchedule } from '@flowplane/contracts';
import { accepted, refusedAs, type Decision } from '../decision.js';
import { flowOf } from '../flows/state.js';
import type { TenantState } from '../tenant-state.js';

type ScheduleCommand = PauseSchedule | ResumeSchedule | TriggerSchedule;

/** 404 `SCHEDULE_NOT_FOUND` unless the latest version of the flow has a cron trigger (flows-api 8). */
export function changeSchedule({ flows }: TenantState, command: ScheduleCommand): Decision {
  const { flowId } = command.data;
  const triggers = flowOf(flows, command.meta, flowId)?.triggers.values() ?? [];
  const hasCron = [...triggers].some(({ kind }) => kind === 'cron');
  return hasCron ? accepted(eventOf(command)) : refusedAs('SCHEDULE_NOT_FOUND', { flowId });
}

function eventOf(command: ScheduleCommand) {
  switch (command.type) {
    case 'PauseSchedule':
      return { type: 'SchedulePaused', data: command.data } as const;
    case 'ResumeSchedule':
      return { type: 'ScheduleResumed', data: command.data } as const;
    case 'TriggerSchedule':
      return { type: 'ScheduleTriggered', data: command.data } as const;
  }
}
