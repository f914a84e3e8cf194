import type { DeclaredInputs } from './declared-inputs.js';
import { keepFired } from './fired-triggers.js';
import { entriesOf, type RateWindow } from './rate-window.js';
import { flowKey, openRunsIn, emptyTenantState, type OpenRun, type TenantState } from './tenant-state.js';
import type { TriggerHead } from './trigger-heads.js';

/** Raised whenever `TenantState` or `evolve` changes meaning: snapshots of another format are not used. */
export const SNAPSHOT_FORMAT = 7;

/** Tuples instead of objects: a snapshot has many of each. */
type Saved = {
  readonly flows: readonly (readonly [
    key: string,
    revision: number,
    latestVersion: number | null,
    birth: number,
    triggers: readonly (readonly [triggerId: string, head: TriggerHead])[],
    inputs: DeclaredInputs,
  ])[];
  readonly runs: readonly (readonly [
    executionId: string,
    status: OpenRun['status'],
    workspaceId: string,
    flowId: string,
    version: number,
  ])[];
  readonly starts: SavedWindows;
  readonly signals: SavedWindows;
  readonly keys: readonly (readonly [
    key: string,
    fingerprint: string,
    commandId: string,
    executionId: string | null,
    boundAt: number,
  ])[];
  readonly fired: readonly (readonly [key: string, executionId: string, at: number])[];
  readonly firedCrons: readonly (readonly [executionId: string, at: number])[];
  readonly closedHooks: readonly (readonly [executionId: string, at: number])[];
  readonly redeliveries: readonly (readonly [executionId: string, count: number, at: number])[];
  readonly marks: readonly (readonly [key: string, high: number, deferred: readonly number[]])[];
  readonly quotas: TenantState['quotas'];
  readonly fence: TenantState['fence'];
  readonly stale: readonly (readonly [commandId: string, attempt: number, at: number])[];
  readonly lastTime: number;
};

type SavedWindows = readonly (readonly [workspaceId: string, entries: readonly (readonly [at: number, n: number])[]])[];

/** A tenant's state as JSON text, for a snapshot. */
export function stateToJson(state: TenantState): string {
  const saved: Saved = {
    flows: [...state.flows].map(([key, { revision, latestVersion, birth, triggers, inputs }]) => [
      key,
      revision,
      latestVersion,
      birth,
      [...triggers],
      inputs,
    ]),
    runs: [...state.runs].map(([id, run]) => [id, run.status, run.workspaceId, run.flowId, run.version]),
    starts: windowsToSave(state.starts),
    signals: windowsToSave(state.signals),
    keys: [...state.keys].map(([key, bound]) => [
      key,
      bound.fingerprint,
      bound.commandId,
      bound.executionId,
      bound.boundAt,
    ]),
    fired: [...state.fired].map(([key, { executionId, at }]) => [key, executionId, at]),
    firedCrons: [...state.firedCrons],
    closedHooks: [...state.closedHooks],
    redeliveries: [...state.redeliveries].map(([executionId, { count, at }]) => [executionId, count, at]),
    marks: [...state.marks].map(([key, { high, deferred }]) => [key, high, [...deferred]]),
    quotas: state.quotas,
    fence: state.fence,
    stale: [...state.stale].map(([commandId, { attempt, at }]) => [commandId, attempt, at]),
    lastTime: state.lastTime,
  };
  return JSON.stringify(saved);
}

/** The state that `stateToJson` wrote; counters are counted anew, and what follows from the rest is made anew. */
export function stateFromJson(json: string): TenantState {
  const saved = JSON.parse(json) as Saved;
  const state = emptyTenantState();
  state.lastTime = saved.lastTime;
  for (const [key, revision, latestVersion, birth, triggers, inputs] of saved.flows) {
    state.flows.set(key, { revision, birth, latestVersion, openRuns: 0, triggers: new Map(triggers), inputs });
  }
  for (const [executionId, status, workspaceId, flowId, version] of saved.runs) {
    const run: OpenRun = { status, workspaceId, flowId, version };
    state.runs.set(executionId, run);
    state.openRuns.set(workspaceId, openRunsIn(state, workspaceId) + 1);
    const flow = state.flows.get(flowKey(run, flowId));
    if (flow !== undefined) flow.openRuns++;
  }
  restoreWindows(state.starts, saved.starts);
  restoreWindows(state.signals, saved.signals);
  for (const [key, fingerprint, commandId, executionId, boundAt] of saved.keys) {
    state.keys.set(key, { fingerprint, commandId, executionId, boundAt });
  }
  for (const [key, executionId, at] of saved.fired) keepFired(state, key, { executionId, at });
  for (const [executionId, at] of saved.firedCrons) state.firedCrons.set(executionId, at);
  for (const [executionId, at] of saved.closedHooks) state.closedHooks.set(executionId, at);
  for (const [executionId, count, at] of saved.redeliveries) state.redeliveries.set(executionId, { count, at });
  for (const [key, high, deferred] of saved.marks) state.marks.set(key, { high, deferred: new Set(deferred) });
  state.quotas = saved.quotas;
  state.fence = saved.fence;
  for (const [commandId, attempt, at] of saved.stale) state.stale.set(commandId, { attempt, at });
  return state;
}

const windowsToSave = (windows: ReadonlyMap<string, RateWindow>): SavedWindows =>
  [...windows].map(([workspaceId, window]) => [
    workspaceId,
    entriesOf(window).map(({ at, count }) => [at, count] as const),
  ]);

function restoreWindows(windows: Map<string, RateWindow>, saved: SavedWindows): void {
  for (const [workspaceId, entries] of saved) {
    const total = entries.reduce((sum, [, count]) => sum + count, 0);
    windows.set(workspaceId, { entries: entries.map(([at, count]) => ({ at, count })), first: 0, total });
  }
}
