import type { Event } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import { engineFaultKind } from '../../shared/engine-fault.js';
import type { EngineSchedules } from '../engine/schedules.js';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';
import { scheduleIdOfFlow, scheduleOrder, type FlowScope } from './desired-schedule.js';
import type { ScheduleStore } from './schedule-store.js';

/** Events that say what schedules are to be. */
export type ScheduleEvent = Extract<
  Event,
  { readonly type: 'FlowVersionPublished' | 'FlowDeleted' | 'SchedulePaused' | 'ScheduleResumed' | 'ScheduleTriggered' }
>;

export type ScheduleEffects = {
  /** Takes the event in and brings the engine up to it. In the order of the flow. @throws CallAbandoned on `signal` */
  readonly apply: (event: ScheduleEvent, offset: number, signal: AbortSignal) => Promise<void>;
  /** The schedules of a tenant are to be no more: none of them is brought back. The engine's own are left to the drain. */
  readonly fence: (tenantId: string, offset: number, signal: AbortSignal) => Promise<void>;
  /** Brings the engine's schedule of a flow up to what it is to be. */
  readonly push: (scheduleId: string, signal: AbortSignal) => Promise<void>;
};

export type ScheduleEffectsOptions = {
  readonly engine: EngineSchedules;
  readonly store: ScheduleStore;
  readonly logger: Pick<Logger, 'error'>;
};

export function makeScheduleEffects({ engine, store, logger }: ScheduleEffectsOptions): ScheduleEffects {
  const push = async (scheduleId: string, signal: AbortSignal): Promise<void> => {
    const find = () => retryWhileUnavailable(() => store.find(scheduleId), signal);
    for (let wanted = await find(); wanted !== undefined;) {
      if (wanted.crons.length === 0) await engine.remove(scheduleId, signal);
      else await engine.put(wanted, signal);
      // Another process may have had the flow's next event meanwhile, and come first with it.
      const now = await find();
      if (now?.logOffset === wanted.logOffset) return;
      wanted = now;
    }
  };
  const pushOrTell = async (scheduleId: string, signal: AbortSignal): Promise<void> => {
    try {
      await push(scheduleId, signal);
    } catch (cause) {
      if (engineFaultKind(cause) !== 'permanent') throw cause;
      // It must not hold up the log; the reconciler tries again and tells again.
      logger.error({ scheduleId, err: cause }, 'the engine refuses a schedule for good');
    }
  };
  const trigger = async (scheduleId: string, requestId: string, signal: AbortSignal): Promise<void> => {
    if (await engine.trigger(scheduleId, requestId, signal)) return;
    // Removed by hand, or with its flow: what is not to be stays away, and cannot be triggered.
    await pushOrTell(scheduleId, signal);
    await engine.trigger(scheduleId, requestId, signal);
  };

  return {
    push,
    apply: async (event, offset, signal) => {
      const flow: FlowScope = { ...event.meta, flowId: event.data.flowId };
      const scheduleId = scheduleIdOfFlow(flow);
      if (event.type === 'ScheduleTriggered') return trigger(scheduleId, event.meta.commandId, signal);
      await retryWhileUnavailable(() => takeIn(store, event, flow, offset), signal);
      return pushOrTell(scheduleId, signal);
    },
    fence: async (tenantId, offset, signal) => {
      await retryWhileUnavailable(() => store.fence(tenantId, offset), signal);
    },
  };
}

function takeIn(
  store: ScheduleStore,
  event: Exclude<ScheduleEvent, { readonly type: 'ScheduleTriggered' }>,
  flow: FlowScope,
  offset: number,
): Promise<void> {
  switch (event.type) {
    case 'FlowVersionPublished':
      return store.publish(flow, scheduleOrder(event), offset);
    case 'FlowDeleted':
      return store.drop(flow, offset);
    case 'SchedulePaused':
      return store.setPaused(flow, true, offset);
    case 'ScheduleResumed':
      return store.setPaused(flow, false, offset);
  }
}
