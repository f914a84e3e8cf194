import { Text } from './avro.js';

export const SCHEDULE_COMMANDS = {
  PauseSchedule: { flowId: Text },
  ResumeSchedule: { flowId: Text },
  /** One run of the flow's schedule at once, under its overlap policy (flows-api 8). */
  TriggerSchedule: { flowId: Text },
};

export const SCHEDULE_EVENTS = {
  SchedulePaused: { flowId: Text },
  ScheduleResumed: { flowId: Text },
  ScheduleTriggered: { flowId: Text },
};
