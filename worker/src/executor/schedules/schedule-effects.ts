import { beginningOf, type Event } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import { engineFaultKind, messageOf } from '../../shared/engine-fault.js';
import type { EngineSchedules } from '../engine/schedules.js';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';
import { scheduleFault, scheduleIdOfFlow, scheduleOrder, type FlowScope } from './desired-schedule.js';
import type { ScheduleStore, StoredSchedule } from './schedule-store.js';

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
  /**
   * Brings the engine's schedule of a flow up to what it is to be. What the engine refuses for good it has not at all,
   * and the store has the reason: the schedule of an earlier version must not go on in its place.
   */
  readonly push: (scheduleId: string, signal: AbortSignal) => Promise<void>;
};

export type ScheduleEffectsOptions = {
  readonly engine: EngineSchedules;
  readonly store: ScheduleStore;
  /** FLOWS_CRON_MAX_CATCHUP */
  readonly maxCatchupFires: number;
  readonly logger: Pick<Logger, 'error'>;
};

export function makeScheduleEffects({
  engine,
  store,
  maxCatchupFires,
  logger,
}: ScheduleEffectsOptions): ScheduleEffects {
  const putOrRefuse = async (wanted: StoredSchedule, signal: AbortSignal): Promise<void> => {
    const { scheduleId, logOffset } = wanted;
    const refusal = scheduleFault(wanted.crons) ?? (await refusalOf(() => engine.put(wanted, signal)));
    if (refusal !== undefined) {
      // It must not hold up the log.
      logger.error({ scheduleId, refusal }, 'the engine refuses a schedule for good');
      await engine.remove(scheduleId, signal);
    }
    if (refusal === undefined && wanted.refusal === null) return;
    await retryWhileUnavailable(() => store.setRefusal(scheduleId, logOffset, refusal ?? null), signal);
  };
  const push = async (scheduleId: string, signal: AbortSignal): Promise<void> => {
    const find = () => retryWhileUnavailable(() => store.find(scheduleId), signal);
    for (let wanted = await find(); wanted !== undefined;) {
      if (wanted.crons.length === 0) await engine.remove(scheduleId, signal);
      else await putOrRefuse(wanted, signal);
      // Another process may have had the flow's next event meanwhile, and come first with it.
      const now = await find();
      if (now?.logOffset === wanted.logOffset) return;
      wanted = now;
    }
  };
  const trigger = async (scheduleId: string, requestId: string, signal: AbortSignal): Promise<void> => {
    if (await engine.trigger(scheduleId, requestId, signal)) return;
    // Removed by hand, or with its flow: what is not to be stays away, and cannot be triggered.
    await push(scheduleId, signal);
    await engine.trigger(scheduleId, requestId, signal);
  };

  return {
    push,
    apply: async (event, offset, signal) => {
      const flow: FlowScope = { ...event.meta, flowId: event.data.flowId };
      const scheduleId = scheduleIdOfFlow(flow);
      if (event.type === 'ScheduleTriggered') return trigger(scheduleId, event.meta.commandId, signal);
      await retryWhileUnavailable(() => takeIn(store, event, flow, offset, maxCatchupFires), signal);
      return push(scheduleId, signal);
    },
    fence: async (tenantId, offset, signal) => {
      await retryWhileUnavailable(() => store.fence(tenantId, offset), signal);
    },
  };
}

const MAX_REFUSAL_LENGTH = 300;

/** Why the engine refuses what is asked of it, for good; undefined: it did it. @throws what may pass */
async function refusalOf(ask: () => Promise<void>): Promise<string | undefined> {
  try {
    await ask();
    return undefined;
  } catch (cause) {
    if (engineFaultKind(cause) !== 'permanent') throw cause;
    return beginningOf(messageOf(cause), MAX_REFUSAL_LENGTH);
  }
}

function takeIn(
  store: ScheduleStore,
  event: Exclude<ScheduleEvent, { readonly type: 'ScheduleTriggered' }>,
  flow: FlowScope,
  offset: number,
  maxCatchupFires: number,
): Promise<void> {
  switch (event.type) {
    case 'FlowVersionPublished':
      return store.publish(flow, scheduleOrder(event, maxCatchupFires), offset);
    case 'FlowDeleted':
      return store.drop(flow, offset);
    case 'SchedulePaused':
      return store.setPaused(flow, { paused: true, note: event.data.note }, offset);
    case 'ScheduleResumed':
      return store.setPaused(flow, { paused: false, note: event.data.note }, offset);
  }
}
