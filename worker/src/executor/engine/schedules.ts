import type { DesiredSchedule } from '../schedules/desired-schedule.js';

/** What the engine's list says of one schedule: only what its index holds, and a little late. */
export type ListedSchedule = { readonly scheduleId: string; readonly workflowType: string; readonly looks: string };

/** A schedule as the engine holds it. */
export type HeldSchedule = { readonly taskQueue: string; readonly looks: string };

/** The engine's schedules. Calls wait out an outage, as those of `Engine` do. */
export type EngineSchedules = {
  /** Makes it, or changes it in place, without a gap. */
  readonly put: (schedule: DesiredSchedule, signal: AbortSignal) => Promise<void>;
  /** One that is not there is fine. */
  readonly remove: (scheduleId: string, signal: AbortSignal) => Promise<void>;
  /** One run at once under the overlap policy; a repeat of `requestId` is dropped. @returns false: it is not there */
  readonly trigger: (scheduleId: string, requestId: string, signal: AbortSignal) => Promise<boolean>;
  readonly describe: (scheduleId: string, signal: AbortSignal) => Promise<HeldSchedule | undefined>;
  /** Every schedule of the namespace, in pages. */
  readonly list: (signal: AbortSignal) => AsyncIterable<readonly ListedSchedule[]>;
  /** How `describe` and `list` show a schedule that is as it should be. */
  readonly looksOf: (schedule: DesiredSchedule) => Promise<{ readonly held: string; readonly listed: string }>;
};
