import { optional, Text } from './avro.js';

export const SCHEDULE_CHANGE = { flowId: Text };
const NOTED_CHANGE = {
  ...SCHEDULE_CHANGE,
  /** Why, in the words of the one who asks. */
  note: optional(Text),
};

export const SCHEDULE_COMMANDS = {
  PauseSchedule: NOTED_CHANGE,
  ResumeSchedule: NOTED_CHANGE,
  /** One run of the flow's schedule at once, under its overlap policy (flows-api 8). */
  TriggerSchedule: SCHEDULE_CHANGE,
};

export const SCHEDULE_EVENTS = {
  SchedulePaused: NOTED_CHANGE,
  ScheduleResumed: NOTED_CHANGE,
  ScheduleTriggered: SCHEDULE_CHANGE,
};
