import { defaultPayloadConverter, type DataConverter, type Payload } from '@temporalio/common';
import proto, { type temporal } from '@temporalio/proto';
import { scheduledWorkflowId } from '@flowplane/contracts';
import { calendarsOf, parseCron, type CronCalendar, type CronSchedule } from '@flowplane/contracts/flow';
import { WORKFLOW_TYPE, type ScheduledInput, type SearchAttributeName } from '../../shared/run-input.js';
import type { DesiredSchedule } from '../schedules/desired-schedule.js';
import { fairnessOf } from './fairness.js';

export type Schedule = temporal.api.schedule.v1.ISchedule;

const policies = proto.temporal.api.enums.v1.ScheduleOverlapPolicy;
const OVERLAP = {
  skip: policies.SCHEDULE_OVERLAP_POLICY_SKIP,
  buffer_one: policies.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE,
  buffer_all: policies.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL,
  cancel_other: policies.SCHEDULE_OVERLAP_POLICY_CANCEL_OTHER,
  terminate_other: policies.SCHEDULE_OVERLAP_POLICY_TERMINATE_OTHER,
  allow_all: policies.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL,
} satisfies Record<DesiredSchedule['overlap'], number>;

const PAUSED_NOTE = 'Paused via Flows API';

/** A schedule in the engine's own words. */
export async function scheduleForm(
  desired: DesiredSchedule,
  taskQueue: string,
  dataConverter: DataConverter,
): Promise<Schedule> {
  const { scheduleId, tenantId, workspaceId, flowId, overlap, catchupWindowMs, paused, note } = desired;
  const input: ScheduledInput = { scheduled: { tenantId, workspaceId, flowId } };
  return {
    spec: specForm(desired.crons.flatMap(parsed)),
    action: {
      startWorkflow: {
        workflowId: scheduledWorkflowId(scheduleId),
        workflowType: { name: WORKFLOW_TYPE },
        taskQueue: { name: taskQueue },
        priority: fairnessOf(desired),
        input: { payloads: await encodePayload(dataConverter, input) },
        searchAttributes: { indexedFields: searchAttributesOf(desired) },
      },
    },
    policies: { overlapPolicy: OVERLAP[overlap], catchupWindow: durationForm(catchupWindowMs) },
    state: { paused, notes: note ?? (paused ? PAUSED_NOTE : '') },
  };
}

/** As the client encodes arguments. */
export async function encodePayload({ payloadCodecs = [] }: DataConverter, value: unknown): Promise<Payload[]> {
  let payloads: Payload[] = [defaultPayloadConverter.toPayload(value)];
  for (const codec of payloadCodecs) payloads = await codec.encode(payloads);
  return payloads;
}

function searchAttributesOf({ tenantId, workspaceId, flowId, version }: DesiredSchedule): Record<string, Payload> {
  const values: Record<SearchAttributeName, string> = {
    ...{ tenantId, workspaceId, flowId },
    flowVersion: String(version),
    triggerType: 'cron',
  };
  const keyword = (value: string): Payload => ({
    metadata: { encoding: Buffer.from('json/plain'), type: Buffer.from('Keyword') },
    data: Buffer.from(JSON.stringify(value)),
  });
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, keyword(value)]));
}

/** Published ones are valid. */
function parsed(text: string): readonly CronSchedule[] {
  const result = parseCron(text);
  return result.ok ? [result.schedule] : [];
}

function specForm(schedules: readonly CronSchedule[]): NonNullable<Schedule['spec']> {
  return {
    structuredCalendar: schedules.flatMap(calendarsOf).map((calendar) => calendarForm(calendar)),
    timezoneName: schedules[0]?.timezone ?? 'UTC',
  };
}

type Calendar = temporal.api.schedule.v1.IStructuredCalendarSpec;
const FIELDS = [
  'second',
  'minute',
  'hour',
  'dayOfMonth',
  'month',
  'dayOfWeek',
] as const satisfies readonly (keyof CronCalendar)[];

const calendarForm = (calendar: CronCalendar): Calendar =>
  Object.fromEntries(
    FIELDS.map((field) => [field, calendar[field].map(({ start, end }) => ({ start, end, step: 1 }))]),
  );

/** What an index entry tells: when it fires, and whether it is paused. Two that look alike do the same. */
export function listedLooks(spec: Schedule['spec'], paused: boolean | null | undefined, notes: unknown): string {
  const calendars = (spec?.structuredCalendar ?? []).map((calendar) =>
    FIELDS.map((field) => valuesOf(field, calendar).join(',')).join(' '),
  );
  return JSON.stringify([spec?.timezoneName || 'UTC', calendars.toSorted(), paused ?? false, notes ?? '']);
}

/** Everything a schedule does. */
export function heldLooks({ spec, action, policies: held, state }: Schedule): string {
  const start = action?.startWorkflow;
  return JSON.stringify([
    listedLooks(spec, state?.paused, state?.notes),
    held?.overlapPolicy ?? 0,
    String(held?.catchupWindow?.seconds ?? 0),
    held?.pauseOnFailure ?? false,
    state?.limitedActions ?? false,
    [start?.workflowId, start?.workflowType?.name, start?.taskQueue?.name],
    (start?.input?.payloads ?? []).map(({ data }) => Buffer.from(data ?? []).toString('base64')),
    // What else fires beside the calendars, or not.
    [
      spec?.interval?.length ?? 0,
      spec?.excludeStructuredCalendar?.length ?? 0,
      spec?.jitter?.seconds?.toString() ?? '0',
    ],
    [spec?.startTime?.seconds?.toString() ?? null, spec?.endTime?.seconds?.toString() ?? null],
  ]);
}

const FIRST: Readonly<Record<(typeof FIELDS)[number], readonly [first: number, last: number]>> = {
  second: [0, 0],
  minute: [0, 0],
  hour: [0, 0],
  dayOfMonth: [1, 31],
  month: [1, 12],
  dayOfWeek: [0, 6],
};

/** The values that a field matches; the engine's defaults where it has none. */
function valuesOf(field: (typeof FIELDS)[number], calendar: Calendar): readonly number[] {
  const [first, last] = FIRST[field];
  const given = calendar[field] ?? [];
  const ranges = given.length === 0 ? [{ start: first, end: last, step: 1 }] : given;
  const values = ranges.flatMap(({ start, end, step }) => {
    const from = start ?? 0;
    const by = step || 1;
    return Array.from(
      { length: Math.floor((Math.max(end ?? from, from) - from) / by) + 1 },
      (_, index) => from + index * by,
    );
  });
  return [...new Set(values)].toSorted((a, b) => a - b);
}

const durationForm = (ms: number) =>
  proto.google.protobuf.Duration.fromObject({ seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1_000_000 });
