import { nowhere, type Row } from '../row.js';

const NO_SCHEDULE = nowhere('404 SCHEDULE_NOT_FOUND');

/** Routes 19 to 23 of flows-api 4. The flows of the world have no cron trigger, hence no schedule either. */
export const SCHEDULE_ROWS: Readonly<Record<string, Row>> = {
  listSchedules: { domain: 'A', gate: '–', own: '200' },
  getSchedule: { domain: 'A', gate: '–', own: '404 SCHEDULE_NOT_FOUND', ...NO_SCHEDULE },
  pauseSchedule: { domain: 'A', gate: 'known', own: '404 SCHEDULE_NOT_FOUND', ...NO_SCHEDULE },
  resumeSchedule: { domain: 'A', gate: 'known', own: '404 SCHEDULE_NOT_FOUND', ...NO_SCHEDULE },
  triggerSchedule: { domain: 'A', gate: 'known', own: '404 SCHEDULE_NOT_FOUND', ...NO_SCHEDULE },
};
