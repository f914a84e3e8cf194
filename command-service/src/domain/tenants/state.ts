import {
  assertNever,
  type DeprovisioningFinished,
  type ExecutionClosed,
  type ProvisioningFinished,
  type TenantDrained,
  type TenantFenced,
} from '@flowplane/contracts';

/** A tenant that is being torn down (flows-api 14). */
export type Fence = {
  /** The `FenceTenant` that began the present drain: the first one, or one that drains again after failures. */
  readonly id: string;
  /** Open runs at the first one. */
  readonly openRuns: number;
  /** Runs recorded as terminated since. */
  readonly terminated: number;
  /** What the drains so far have removed. */
  readonly schedules: number;
  readonly histories: number;
  readonly drain: 'under-way' | 'failed' | 'done';
};

type FenceEvent = TenantFenced | TenantDrained | ExecutionClosed | ProvisioningFinished | DeprovisioningFinished;

export function evolveFence(fence: Fence | null, event: FenceEvent): Fence | null {
  switch (event.type) {
    case 'TenantFenced': {
      const { openRuns } = event.data;
      const before = fence ?? { openRuns, terminated: 0, schedules: 0, histories: 0 };
      return { ...before, id: event.meta.commandId, drain: 'under-way' };
    }
    case 'TenantDrained': {
      const { schedules, histories, failures } = event.data;
      return fence === null
        ? null
        : { ...fence, schedules, histories, drain: failures.length === 0 ? 'done' : 'failed' };
    }
    case 'ProvisioningFinished':
    case 'DeprovisioningFinished':
      return fence === null ? null : { ...fence, terminated: fence.terminated + 1 };
    case 'ExecutionClosed':
      return fence !== null && event.data.status === 'Terminated'
        ? { ...fence, terminated: fence.terminated + 1 }
        : fence;
    default:
      return assertNever(event);
  }
}
