import { problem, type Command, type EventMeta, type TenantDrain } from '@flowplane/contracts';
import { refusedAs, type Decision } from './decision.js';
import type { TenantState } from './tenant-state.js';

/** A tenant that is being torn down (flows-api 14). */
export type Fence = {
  /** The `FenceTenant` that the present drain follows: the first one, or the one that drains again after failures. */
  id: string;
  /** Runs that were not over at the first one. */
  readonly openRuns: number;
  /** Runs that were recorded as terminated since. */
  terminated: number;
  /** What the drains so far have removed. */
  schedules: number;
  histories: number;
  drain: 'under-way' | 'failed' | 'done';
};

/** What is accepted of a fenced tenant: its own teardown, and what has happened already, whoever wants it or not. */
const PASSES_FENCE: ReadonlySet<Command['type']> = new Set([
  'FenceTenant',
  'RecordTenantDrained',
  'RecordTenantPurged',
  'RecordPurgeFailed',
  'RecordExecutionStarted',
  'RecordExecutionClosed',
  'RecordDenial',
  'SettleTriggerRecord',
]);

/** 403 `TENANT_FENCED` of a tenant that is being torn down; undefined where nothing stands in the way. */
export function deniedByFence({ fence }: TenantState, command: Command): Decision | undefined {
  if (fence === null || PASSES_FENCE.has(command.type)) return undefined;
  if (command.type === 'StartFromTrigger') {
    const { flowId, executionId, triggerType, trigger } = command.data;
    const data = { flowId, executionId, triggerType, trigger, problem: problem('TENANT_FENCED') };
    return { kind: 'trigger-refused', data };
  }
  const subject = command.data as { readonly flowId?: string; readonly executionId?: string };
  return refusedAs('TENANT_FENCED', subject);
}

export function putUpFence(state: TenantState, { commandId: id }: EventMeta, openRuns: number): void {
  state.fence =
    state.fence === null
      ? { id, openRuns, terminated: 0, schedules: 0, histories: 0, drain: 'under-way' }
      : { ...state.fence, id, drain: 'under-way' };
}

export function takeDrain(state: TenantState, { schedules, histories, failures }: TenantDrain): void {
  if (state.fence === null) return;
  Object.assign(state.fence, { schedules, histories, drain: failures.length === 0 ? 'done' : 'failed' });
}
