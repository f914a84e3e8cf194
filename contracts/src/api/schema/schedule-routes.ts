import { Type } from '@sinclair/typebox';
import type { RouteSchema } from './route-schema.js';
import { closed, Id, listOf, nullable, open, Timestamp } from './shapes.js';
import { MAX_NOTE_LENGTH } from '../../ids/names.js';

const Schedule = closed(
  {
    scheduleId: Id,
    flowId: Id,
    workspaceId: Id,
    paused: Type.Boolean(),
    note: nullable(
      Type.String({
        description:
          'What was said when it was paused or resumed last, or why it does not fire; null: nobody has, and it does.',
      }),
    ),
    changedBy: nullable(
      Type.String({ description: 'Who paused or resumed it last; null: nobody, or the platform, as `note` says.' }),
    ),
    changedAt: nullable(Timestamp),
    cron: Type.Array(Type.String(), { minItems: 1, description: 'All cron expressions of the latest version.' }),
    nextActionTimes: Type.Array(Timestamp, { maxItems: 10, description: 'Empty while it is paused or does not fire.' }),
    recentActions: Type.Array(
      closed(
        {
          scheduledAt: Timestamp,
          takenAt: Timestamp,
          workflowId: nullable(Type.String({ description: 'The run; null: the fire was refused.' })),
        },
        { $id: 'ScheduleAction' },
      ),
      { maxItems: 10, description: 'Newest last.' },
    ),
  },
  { $id: 'Schedule' },
);

const Noted = open(
  {
    note: Type.Optional(
      nullable(Type.String({ description: `Why, at most ${MAX_NOTE_LENGTH} characters; the schedule shows it.` })),
    ),
  },
  { $id: 'ScheduleChangeBody' },
);

const REFUSALS = ['SCHEDULE_NOT_FOUND', 'FLOW_SCHEDULING_DISABLED'] as const;

/** Schedules (flows-api 8). */
export const SCHEDULE_ROUTE_SCHEMAS = {
  listSchedules: {
    summary: 'The schedules of the workspace, by flow',
    description: 'A flow has one while its latest version has a cron trigger.',
    answers: { 200: { description: 'Schedules.', body: listOf(Schedule) } },
    refusals: ['FLOW_SCHEDULING_DISABLED'],
  },
  getSchedule: {
    summary: 'The schedule of a flow',
    description: 'There is one while the latest version has a cron trigger.',
    answers: { 200: { description: 'The schedule.', body: Schedule } },
    refusals: REFUSALS,
  },
  pauseSchedule: {
    summary: 'Pauses a schedule',
    description: 'Fires that come due meanwhile are dropped. A pause survives a publish.',
    body: Noted,
    bodyRequired: false,
    answers: { 200: { description: 'The schedule.', body: Schedule } },
    refusals: REFUSALS,
  },
  resumeSchedule: {
    summary: 'Resumes a schedule',
    description: 'Fires that came due while it was paused are not made up for.',
    body: Noted,
    bodyRequired: false,
    answers: { 200: { description: 'The schedule.', body: Schedule } },
    refusals: REFUSALS,
  },
  triggerSchedule: {
    summary: 'One run of the schedule at once',
    description: 'Under the overlap policy of the flow.',
    answers: {
      202: {
        description: 'The request is passed on to the engine.',
        body: closed({ status: Type.Literal('triggered'), scheduleId: Id }, { $id: 'TriggeredSchedule' }),
      },
    },
    refusals: REFUSALS,
  },
} as const satisfies Record<string, RouteSchema>;
