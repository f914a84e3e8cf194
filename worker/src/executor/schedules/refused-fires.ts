import { FIRE_DENIED, type Event, type EventMeta } from '@flowplane/contracts';
import type { Logger } from '@flowplane/plumbing/logging';
import { retryWhileUnavailable } from '../../shared/retry-while-unavailable.js';
import { scheduleIdOfFlow, type FlowScope } from './desired-schedule.js';
import type { ScheduleStore } from './schedule-store.js';

/** Fires that the log has refused; `count` of them, since the worker condenses many into one. */
export type RefusedFires = { readonly flow: FlowScope; readonly count: number };

export function refusedFires(event: Event): RefusedFires | undefined {
  if (event.type === 'TriggerStartRefused' && event.data.triggerType === 'cron') {
    return { flow: { ...event.meta, flowId: event.data.flowId }, count: 1 };
  }
  if (event.type !== 'CommandDenied' || event.data.deniedCommand !== FIRE_DENIED) return undefined;
  const { flowId, count } = event.data;
  return flowId === null ? undefined : { flow: { ...event.meta, flowId }, count };
}

export type RefusalWatch = {
  readonly refused: (fires: RefusedFires, cause: EventMeta, offset: number, signal: AbortSignal) => Promise<void>;
  readonly admitted: (flow: FlowScope, offset: number, signal: AbortSignal) => Promise<void>;
};

export type RefusalWatchOptions = {
  readonly store: Pick<ScheduleStore, 'countRefused' | 'endRefused'>;
  /** FLOWS_CRON_MAX_REFUSALS; 0: never. */
  readonly maxRefusals: number;
  readonly pause: (flow: FlowScope, cause: EventMeta, signal: AbortSignal) => Promise<void>;
  readonly logger: Pick<Logger, 'warn'>;
};

/** Pauses a schedule whose fires are refused again and again: each of them costs a workflow and a record for ever. */
export function watchRefusals({ store, maxRefusals, pause, logger }: RefusalWatchOptions): RefusalWatch {
  return {
    refused: async ({ flow, count }, cause, offset, signal) => {
      if (maxRefusals === 0) return;
      const scheduleId = scheduleIdOfFlow(flow);
      const inRow = await retryWhileUnavailable(() => store.countRefused(scheduleId, offset, count), signal);
      if (inRow === undefined) return;
      // At each multiple: the first pause may be lost with its process.
      if (Math.floor(inRow / maxRefusals) === Math.floor((inRow - count) / maxRefusals)) return;
      logger.warn({ scheduleId, refused: inRow }, 'a schedule is paused: its fires are refused again and again');
      await pause(flow, cause, signal);
    },
    admitted: async (flow, offset, signal) => {
      if (maxRefusals === 0) return;
      await retryWhileUnavailable(() => store.endRefused(scheduleIdOfFlow(flow), offset), signal);
    },
  };
}
