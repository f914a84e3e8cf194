import { randomUUID } from 'node:crypto';
import type { WorkflowService } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { engineFaultKind, isAlreadyThere } from '../../shared/engine-fault.js';
import type { EngineGate } from '../../shared/engine-gate.js';
import { heldLooks, listedLooks, scheduleForm } from './schedule-form.js';
import type { EngineSchedules } from './schedules.js';

export type TemporalSchedulesOptions = {
  readonly service: WorkflowService;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly identity: string;
  readonly dataConverter: DataConverter;
  readonly gate: EngineGate;
  /** One request, counted and with a deadline. */
  readonly within: <T>(call: () => Promise<T>) => Promise<T>;
};

const PAGE = 1000;

export function makeTemporalSchedules(options: TemporalSchedulesOptions): EngineSchedules {
  const { service, namespace, taskQueue, identity, dataConverter, gate, within } = options;
  const about = (scheduleId: string) => ({ namespace, scheduleId, identity });

  /** @returns undefined when there is no such schedule */
  const ofExisting = async <T>(call: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> => {
    try {
      return await gate.call(() => within(call), signal);
    } catch (cause) {
      if (engineFaultKind(cause) !== 'not-found') throw cause;
      return undefined;
    }
  };

  return {
    put: async (desired, signal) => {
      const { scheduleId } = desired;
      const schedule = await scheduleForm(desired, taskQueue, dataConverter);
      for (;;) {
        const update = { ...about(scheduleId), schedule, requestId: randomUUID() };
        if ((await ofExisting(() => service.updateSchedule(update), signal)) !== undefined) return;
        const create = (): Promise<boolean> =>
          service.createSchedule({ ...about(scheduleId), schedule, requestId: randomUUID() }).then(
            () => true,
            (cause: unknown) => {
              if (isAlreadyThere(cause)) return false;
              throw cause;
            },
          );
        if (await gate.call(() => within(create), signal)) return;
      }
    },
    remove: async (scheduleId, signal) => {
      await ofExisting(() => service.deleteSchedule(about(scheduleId)), signal);
    },
    trigger: async (scheduleId, requestId, signal) => {
      const patch = { triggerImmediately: {} };
      const call = () => service.patchSchedule({ ...about(scheduleId), patch, requestId });
      return (await ofExisting(call, signal)) !== undefined;
    },
    describe: async (scheduleId, signal) => {
      const found = await ofExisting(() => service.describeSchedule({ namespace, scheduleId }), signal);
      if (found === undefined) return undefined;
      const schedule = found.schedule ?? {};
      return { taskQueue: schedule.action?.startWorkflow?.taskQueue?.name ?? '', looks: heldLooks(schedule) };
    },
    list: async function* (signal) {
      let nextPageToken: Uint8Array | null | undefined;
      do {
        const request = { namespace, maximumPageSize: PAGE, ...(nextPageToken ? { nextPageToken } : {}) };
        const page = await gate.call(() => within(() => service.listSchedules(request)), signal);
        yield (page.schedules ?? []).map(({ scheduleId, info }) => ({
          scheduleId: scheduleId ?? '',
          workflowType: info?.workflowType?.name ?? '',
          looks: listedLooks(info?.spec, info?.paused, info?.notes),
        }));
        nextPageToken = page.nextPageToken;
      } while (nextPageToken && nextPageToken.length > 0);
    },
    looksOf: async (desired) => {
      const schedule = await scheduleForm(desired, taskQueue, dataConverter);
      const { spec, state } = schedule;
      return { held: heldLooks(schedule), listed: listedLooks(spec, state?.paused, state?.notes) };
    },
  };
}
