import { expect } from 'vitest';
import type { LoggedEvent } from './decider-trial.js';

/** What a log says that it must not: each line a broken promise; empty when all is well. */
export function faultsOfLog(events: readonly LoggedEvent[], submitted: readonly string[]): readonly string[] {
  return [...outcomeFaults(events, submitted), ...orderFaults(events), ...versionFaults(events)];
}

/** Every command has exactly one outcome, in exactly one batch of records. */
function outcomeFaults(events: readonly LoggedEvent[], submitted: readonly string[]): string[] {
  const outcomes = new Map<string, number>();
  for (const { event } of events) {
    if (event.meta.index === 0) outcomes.set(event.meta.commandId, (outcomes.get(event.meta.commandId) ?? 0) + 1);
  }
  return submitted
    .filter((commandId) => outcomes.get(commandId) !== 1)
    .map((commandId) => `command ${commandId} has ${outcomes.get(commandId) ?? 0} outcomes`);
}

/** Commands are decided in the order they were appended, each once. */
function orderFaults(events: readonly LoggedEvent[]): string[] {
  const last = new Map<number, number>();
  const faults: string[] = [];
  for (const { partition, event } of events) {
    const previous = last.get(partition) ?? -1;
    const { commandOffset, index } = event.meta;
    const fits = index === 0 ? commandOffset > previous : commandOffset === previous;
    if (!fits) faults.push(`command ${commandOffset} of partition ${partition} is decided after ${previous}`);
    last.set(partition, commandOffset);
  }
  return faults;
}

/** Versions of a flow have no gap and no repeat, revisions only grow by one. */
function versionFaults(events: readonly LoggedEvent[]): string[] {
  const versions = new Map<string, number>();
  const revisions = new Map<string, number>();
  const faults: string[] = [];
  for (const { event } of events) {
    if (!('revision' in event.data) || event.type === 'CommandStale' || event.type === 'FlowDeleted') continue;
    const flow = `${event.meta.tenantId}/${event.meta.workspaceId}/${event.data.flowId}`;
    const revision = (event.type === 'FlowCreated' ? 0 : (revisions.get(flow) ?? 0)) + 1;
    if (event.data.revision !== revision) faults.push(`${flow} has revision ${event.data.revision}, not ${revision}`);
    revisions.set(flow, event.data.revision);
    if (event.type !== 'FlowVersionPublished') continue;
    const version = (versions.get(flow) ?? 0) + 1;
    if (event.data.version !== version) faults.push(`${flow} has version ${event.data.version}, not ${version}`);
    versions.set(flow, event.data.version);
  }
  return faults;
}

/** Most open runs a workspace ever had, by the log alone. */
export function mostOpenRuns(events: readonly LoggedEvent[]): number {
  const open = new Map<string, Set<string>>();
  let most = 0;
  for (const { event } of events) {
    const workspace = `${event.meta.tenantId}/${event.meta.workspaceId}`;
    const runs = open.get(workspace) ?? new Set();
    open.set(workspace, runs);
    if (event.type === 'ExecutionRequested') runs.add(event.data.executionId);
    if (event.type === 'ExecutionClosed') runs.delete(event.data.executionId);
    most = Math.max(most, runs.size);
  }
  return most;
}

export function expectSoundLog(events: readonly LoggedEvent[], submitted: readonly string[]): void {
  expect(faultsOfLog(events, submitted)).toEqual([]);
}
