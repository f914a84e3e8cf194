import {
  assertNever,
  type Event,
  type EventMeta,
  type ExecutionClosed,
  type ExecutionRequested,
  type TriggerOrigin,
  type TriggerStartRefused,
} from '@flowplane/contracts';
import { putUpFence, takeDrain } from './fence.js';
import { deferRecord, recordFired, rememberClosed, rememberCron, settleRecord } from './fired-triggers.js';
import { emptyWindow, recordIn, type RateWindow } from './rate-window.js';
import { flowKey, flowOf, forgetAll, idempotencyKey, openRunsIn, type TenantState } from './tenant-state.js';
import { declaredInputs } from './declared-inputs.js';
import { headsOf, rotateSecret } from './trigger-heads.js';

/**
 * Takes one event of the tenant into its state, which is changed in place and returned. Total: an event that does not
 * fit (none is ever decided) changes nothing but the time.
 */
export function evolve(state: TenantState, event: Event): TenantState {
  state.lastTime = Math.max(state.lastTime, event.meta.occurredAt);
  bindKey(state, event);
  keepStale(state, event);
  switch (event.type) {
    case 'FlowCreated':
      state.flows.set(flowKey(event.meta, event.data.flowId), {
        revision: event.data.revision,
        birth: event.meta.commandOffset,
        latestVersion: null,
        openRuns: 0,
        triggers: new Map(),
        inputs: null,
      });
      return state;
    case 'FlowUpdated': {
      const flow = flowOf(state, event.meta, event.data.flowId);
      if (flow !== undefined) flow.revision = event.data.revision;
      return state;
    }
    case 'FlowDeleted':
      state.flows.delete(flowKey(event.meta, event.data.flowId));
      return state;
    case 'FlowVersionPublished': {
      const flow = flowOf(state, event.meta, event.data.flowId);
      if (flow !== undefined) {
        flow.revision = event.data.revision;
        flow.latestVersion = event.data.version;
        flow.triggers = headsOf(event.data.triggers, flow.triggers);
        flow.inputs = declaredInputs(event.data.definition);
      }
      return state;
    }
    case 'ExecutionRequested':
      return openRun(state, event);
    case 'ExecutionStarted':
      return setStatus(state, event.data.executionId, 'Running');
    case 'ExecutionCancelRequested':
      return setStatus(state, event.data.executionId, 'Cancelling');
    case 'ExecutionSignaled':
      countIn(state.signals, event.meta);
      return state;
    case 'ExecutionClosed':
      return closeRun(state, event);
    case 'TriggerStartRefused':
      return refuseStart(state, event);
    case 'TriggerRecordSettled':
      settleRecord(state, event.meta, event.data.trigger);
      return state;
    case 'WebhookSecretRotated': {
      const { flowId, triggerId, secret, previousValidUntil } = event.data;
      const head = flowOf(state, event.meta, flowId)?.triggers.get(triggerId);
      if (head !== undefined) rotateSecret(head, secret, previousValidUntil);
      return state;
    }
    case 'TenantQuotasSet':
      state.quotas = event.data.quotas;
      return state;
    case 'TenantFenced':
      putUpFence(state, event.meta, event.data.openRuns);
      return state;
    case 'TenantDrained':
      takeDrain(state, event.data);
      return state;
    case 'TenantPurged':
      forgetAll(state);
      return state;
    case 'WebhookSecretsRewrapped':
    case 'SchedulePaused':
    case 'ScheduleResumed':
    case 'ScheduleTriggered':
    case 'CommandDenied':
    case 'PurgeFailed':
    case 'CommandAcknowledged':
    case 'CommandStale':
    case 'CommandRejected':
      return state;
    default:
      return assertNever(event);
  }
}

function bindKey(state: TenantState, event: Event): void {
  const { meta } = event;
  if (meta.idempotency === null || meta.index !== 0 || !bindsKey(event)) return;
  const id = idempotencyKey(meta, meta.idempotency.key);
  // An expired key that is used again moves to the end: the map is in the order of expiry.
  state.keys.delete(id);
  const { fingerprint } = meta.idempotency;
  const executionId = 'executionId' in event.data ? event.data.executionId : null;
  state.keys.set(id, { fingerprint, commandId: meta.commandId, executionId, boundAt: meta.occurredAt });
}

function keepStale({ stale }: TenantState, { type, meta }: Event): void {
  // One that is stale again moves to the end: the map is in the order of time.
  stale.delete(meta.commandId);
  if (type === 'CommandStale') stale.set(meta.commandId, { attempt: meta.attempt, at: meta.occurredAt });
}

/** As `bindsKey` of decisions, told from what they became. */
function bindsKey(event: Event): boolean {
  switch (event.type) {
    case 'CommandRejected':
    case 'CommandStale':
    case 'TriggerStartRefused':
      return false;
    case 'CommandAcknowledged':
      return event.data.reason === 'already';
    default:
      return true;
  }
}

function openRun(state: TenantState, { meta, data }: ExecutionRequested): TenantState {
  if (state.runs.has(data.executionId)) return state;
  const { workspaceId } = meta;
  const { flowId, version } = data;
  state.runs.set(data.executionId, { status: 'Pending', workspaceId, flowId, version });
  state.openRuns.set(workspaceId, openRunsIn(state, workspaceId) + 1);
  const flow = flowOf(state, meta, flowId);
  if (flow !== undefined) flow.openRuns++;
  countIn(state.starts, meta);
  if (data.trigger !== null) recordStart(state, meta, data.trigger, data.executionId);
  return state;
}

function recordStart(state: TenantState, meta: EventMeta, trigger: TriggerOrigin, executionId: string): void {
  recordFired(state, meta, trigger, executionId);
  if (trigger.redelivery === 0) return;
  const original = executionId.slice(0, -`-r${trigger.redelivery}`.length);
  state.redeliveries.delete(original);
  state.redeliveries.set(original, { count: trigger.redelivery, at: meta.occurredAt });
}

/**
 * What a record is refused with and comes again for: a quota, too much that is remembered, and 422, its input, until it
 * stands in the dead letters. Anything else is decided for good.
 */
const COMES_AGAIN: ReadonlySet<number> = new Set([422, 429, 503]);

function refuseStart(state: TenantState, { meta, data }: TriggerStartRefused): TenantState {
  if (COMES_AGAIN.has(data.problem.status)) deferRecord(state, meta, data.trigger);
  else settleRecord(state, meta, data.trigger);
  rememberCron(state, meta, data.trigger, data.executionId);
  return state;
}

function countIn(windows: Map<string, RateWindow>, { workspaceId, occurredAt }: EventMeta): void {
  const window = windows.get(workspaceId) ?? emptyWindow();
  recordIn(window, occurredAt);
  windows.set(workspaceId, window);
}

function setStatus(state: TenantState, executionId: string, status: 'Running' | 'Cancelling'): TenantState {
  const run = state.runs.get(executionId);
  if (run !== undefined) run.status = status;
  return state;
}

function closeRun(state: TenantState, { data, meta }: ExecutionClosed): TenantState {
  const run = state.runs.get(data.executionId);
  if (run === undefined) return state;
  state.runs.delete(data.executionId);
  rememberClosed(state, data.executionId, meta.occurredAt);
  if (state.fence !== null && data.status === 'Terminated') state.fence.terminated++;
  const left = openRunsIn(state, run.workspaceId) - 1;
  if (left > 0) state.openRuns.set(run.workspaceId, left);
  else state.openRuns.delete(run.workspaceId);
  const flow = flowOf(state, run, run.flowId);
  if (flow !== undefined) flow.openRuns--;
  return state;
}
