import { entriesOf, type RateWindow } from './rate-window.js';
import { flowKey, openRunsIn, emptyTenantState, type OpenRun, type TenantState } from './tenant-state.js';

/** Raised whenever `TenantState` or `evolve` changes meaning: snapshots of another format are not used. */
export const SNAPSHOT_FORMAT = 4;

/** Tuples instead of objects: a snapshot has many of each. */
type Saved = {
  readonly flows: readonly (readonly [key: string, revision: number, latestVersion: number | null, birth: number])[];
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
  readonly stale: readonly (readonly [commandId: string, attempt: number, at: number])[];
  readonly lastTime: number;
};

type SavedWindows = readonly (readonly [workspaceId: string, entries: readonly (readonly [at: number, n: number])[]])[];

/** A tenant's state as JSON text, for a snapshot. */
export function stateToJson(state: TenantState): string {
  const saved: Saved = {
    flows: [...state.flows].map(([key, { revision, latestVersion, birth }]) => [key, revision, latestVersion, birth]),
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
    stale: [...state.stale].map(([commandId, { attempt, at }]) => [commandId, attempt, at]),
    lastTime: state.lastTime,
  };
  return JSON.stringify(saved);
}

/** The state that `stateToJson` wrote; counters are counted anew. */
export function stateFromJson(json: string): TenantState {
  const saved = JSON.parse(json) as Saved;
  const state = emptyTenantState();
  state.lastTime = saved.lastTime;
  for (const [key, revision, latestVersion, birth] of saved.flows) {
    state.flows.set(key, { revision, birth, latestVersion, openRuns: 0 });
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
