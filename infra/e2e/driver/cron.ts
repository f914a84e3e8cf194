import { waitUntil } from '@flowplane/stack';
import { expectStatus, PATIENT, type ApiClient } from './api-client.js';
import type { PublishBody } from './api-types.js';
import { acceptedEvents, readLog, type WholeLog } from './log-reader.js';

type Env = Readonly<Record<string, string | undefined>>;

export type ScheduleBody = {
  readonly scheduleId: string;
  readonly paused: boolean;
  readonly note: string | null;
  readonly changedBy: string | null;
  readonly changedAt: string | null;
  readonly cron: readonly string[];
  readonly nextActionTimes: readonly string[];
  readonly recentActions: readonly {
    readonly scheduledAt: string;
    readonly takenAt: string;
    readonly workflowId: string | null;
  }[];
};

/** A flow that waits, and is started by a schedule. */
export function cronFlow(schedules: readonly string[], options: object = {}, duration = 'PT0S'): object {
  return {
    apiVersion: 'v1.0',
    name: 'scheduled',
    nodes: [{ id: 'pause', type: 'wait', duration }],
    triggers: schedules.map((schedule) => ({ kind: 'cron', schedule, options })),
  };
}

export async function publishAgain(client: ApiClient, flowId: string, definition?: object): Promise<number> {
  if (definition !== undefined) {
    expectStatus(await client.call('PATCH', `/flows/${flowId}`, { body: { definition }, headers: PATIENT }), 200);
  }
  const answer = await client.call<PublishBody>('POST', `/flows/${flowId}/versions`, { headers: PATIENT });
  return expectStatus(answer, 201).version;
}

export async function readSchedule(client: ApiClient, flowId: string): Promise<ScheduleBody> {
  return expectStatus(await client.call<ScheduleBody>('GET', `/flows/${flowId}/schedule`), 200);
}

/** A run that a schedule started, as the log tells it. Times are epoch ms; null: not yet. */
export type Fire = {
  readonly executionId: string;
  readonly version: number;
  /** Place among the flow's fires in the log, which is the order in which they were decided. */
  readonly place: number;
  readonly scheduledAt: number;
  readonly startedAt: number | null;
  readonly closedAt: number | null;
  readonly status: string | null;
};

/** The accepted fires of a flow, by the time they were due. */
export function firesOf(log: WholeLog, flowId: string): readonly Fire[] {
  const events = acceptedEvents(log).map(({ event }) => event);
  const started = new Map<string, number>();
  const closed = new Map<string, { readonly closedAt: number; readonly status: string }>();
  for (const event of events) {
    if (event.type === 'ExecutionStarted') started.set(event.data.executionId, event.data.startedAt);
    if (event.type === 'ExecutionClosed') closed.set(event.data.executionId, event.data);
  }
  return events
    .flatMap((event) =>
      event.type === 'ExecutionRequested' && event.data.flowId === flowId && event.data.triggerType === 'cron'
        ? [event.data]
        : [],
    )
    .map(({ executionId, version, trigger }, place) => ({
      place,
      executionId,
      version,
      scheduledAt: trigger?.scheduledAt ?? Number.NaN,
      startedAt: started.get(executionId) ?? null,
      closedAt: closed.get(executionId)?.closedAt ?? null,
      status: closed.get(executionId)?.status ?? null,
    }))
    .toSorted((a, b) => a.scheduledAt - b.scheduledAt);
}

/** Fires of a flow once `until` holds for them. */
export async function firesUntil(
  env: Env,
  flowId: string,
  until: (fires: readonly Fire[]) => boolean,
  timeoutMs = 120_000,
): Promise<readonly Fire[]> {
  let fires: readonly Fire[] = [];
  const look = async (): Promise<boolean> => {
    fires = firesOf(await readLog(env), flowId);
    return until(fires);
  };
  await waitUntil(`the fires of ${flowId}`, look, { timeoutMs, everyMs: 2000 });
  return fires;
}

export const isClosed = ({ closedAt }: Fire): boolean => closedAt !== null;
export const isDue =
  (atMs: number) =>
  (fires: readonly Fire[]): boolean =>
    (fires.at(-1)?.scheduledAt ?? 0) >= atMs;

/** Each second from one to another, the last one left out. */
export function secondsBetween(fromMs: number, toMs: number): readonly number[] {
  return Array.from({ length: Math.max(0, Math.round((toMs - fromMs) / 1000)) }, (_, index) => fromMs + index * 1000);
}
