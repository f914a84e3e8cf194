import type { Event } from '@flowplane/contracts';
import { acceptedEvents, type LoggedEvent, type WholeLog } from './log-reader.js';

/** Limits under which the services ran; what is absent was unlimited. */
export type Limits = {
  readonly maxFlows?: number;
  readonly maxFlowVersions?: number;
  readonly maxConcurrentExecutions?: number;
};

type Accepted = LoggedEvent & { readonly kind: 'event' };
const at = (record: { readonly partition: number; readonly offset: number }): string =>
  `${record.partition}@${record.offset}`;

/**
 * Checks the log against what the decider promises: every command has exactly one outcome, written whole; numbers are
 * contiguous; counters are exact at every offset, on the side of what was accepted and of what was refused; an
 * Idempotency-Key has one effect.
 *
 * @returns a line per broken promise; empty when all hold
 */
export function checkLog(log: WholeLog, limits: Limits): readonly string[] {
  const events = acceptedEvents(log);
  return [
    ...checkOutcomes(log, events),
    ...checkEventIds(events),
    ...checkNumbers(events),
    ...checkCounters(events, limits),
    ...checkIdempotency(events),
  ];
}

function checkOutcomes(log: WholeLog, events: readonly Accepted[]): readonly string[] {
  const outcomes = new Map<string, Accepted[]>();
  for (const record of events) {
    const key = `${record.partition}@${record.event.meta.commandOffset}`;
    outcomes.set(key, [...(outcomes.get(key) ?? []), record]);
  }
  const findings: string[] = [];
  for (const logged of log.commands) {
    const { meta, type } = logged.command;
    const found = outcomes.get(at(logged)) ?? [];
    outcomes.delete(at(logged));
    const what = `command ${at(logged)} ${type} ${meta.commandId}`;
    if (found.length === 0) findings.push(`${what} has no outcome`);
    const indexes = found.map((record) => record.event.meta.index);
    const whole = found[0]?.event.meta.count === found.length && indexes.every((index, place) => index === place);
    if (found.length > 0 && !whole) findings.push(`${what} has its outcome in parts or twice: ${indexes.join()}`);
    const foreign = found.some(
      ({ event }) => event.meta.commandId !== meta.commandId || event.meta.attempt !== meta.attempt,
    );
    if (foreign) findings.push(`${what} has the outcome of another command`);
  }
  return [...findings, ...[...outcomes.keys()].map((key) => `events of a command ${key} that is not in the log`)];
}

/** An event id comes once. */
function checkEventIds(events: readonly Accepted[]): readonly string[] {
  const seen = new Set<string>();
  return events.flatMap((record) => {
    const { eventId } = record.event.meta;
    const isNew = !seen.has(eventId);
    seen.add(eventId);
    return isNew ? [] : [`event id ${eventId} at ${at(record)} was there before`];
  });
}

/** Revisions and version numbers of each flow go up by one; a flow created again under an old id starts over. */
function checkNumbers(events: readonly Accepted[]): readonly string[] {
  const flows = new Map<string, { revision: number; version: number }>();
  const findings: string[] = [];
  for (const record of events) {
    const { event } = record;
    if (!('revision' in event.data) || event.type === 'CommandStale') continue;
    const key = scopeOf(event, event.data.flowId);
    const before = event.type === 'FlowCreated' ? { revision: 0, version: 0 } : flows.get(key);
    if (before === undefined) {
      findings.push(`${event.type} at ${at(record)} for a flow that was never created`);
      continue;
    }
    const version = event.type === 'FlowVersionPublished' ? event.data.version : before.version;
    const expected = before.version + (event.type === 'FlowVersionPublished' ? 1 : 0);
    if (version !== expected) findings.push(`version ${version} at ${at(record)}, expected ${expected}`);
    if (event.type !== 'FlowDeleted' && event.data.revision !== before.revision + 1) {
      findings.push(`revision ${event.data.revision} at ${at(record)}, expected ${before.revision + 1}`);
    }
    flows.set(key, { revision: event.data.revision, version });
  }
  return findings;
}

type Usage = { readonly open: Set<string>; readonly flows: Set<string>; readonly versions: Map<string, number> };
/** Adds to a count of a flow's versions that are kept. */
const count = (versions: Map<string, number>, key: string, change: number): void => {
  versions.set(key, (versions.get(key) ?? 0) + change);
};

/** What is counted, over all tenants; keys hold tenant and workspace. */
function checkCounters(events: readonly Accepted[], limits: Limits): readonly string[] {
  const usage = new Map<string, Set<string>>();
  const versions = new Map<string, number>();
  const members = (scope: string): Set<string> => {
    const found = usage.get(scope) ?? new Set<string>();
    usage.set(scope, found);
    return found;
  };
  const findings: string[] = [];
  for (const record of events) {
    const { event } = record;
    const { tenantId, workspaceId } = event.meta;
    const open = members(`open/${tenantId}/${workspaceId}`);
    const flows = members(`flows/${tenantId}`);
    const limited = limitedBy(event, limits, { open, flows, versions });
    if (limited !== undefined) {
      const { dimension, used, limit, accepted } = limited;
      if (accepted !== used < limit) {
        findings.push(`${accepted ? 'accepted' : 'refused'} at ${at(record)} with ${dimension} ${used} of ${limit}`);
      }
    }
    apply(event, { open, flows, versions });
  }
  return findings;
}

function limitedBy(event: Event, limits: Limits, usage: Usage) {
  const max = Number.POSITIVE_INFINITY;
  const counters = {
    max_flows: () => ({ used: usage.flows.size, limit: limits.maxFlows ?? max }),
    max_flow_versions: (flowId: string) => ({
      used: usage.versions.get(scopeOf(event, flowId)) ?? 0,
      limit: limits.maxFlowVersions ?? max,
    }),
    max_concurrent_executions: () => ({ used: usage.open.size, limit: limits.maxConcurrentExecutions ?? max }),
  };
  const judged = (dimension: keyof typeof counters, flowId: string, accepted: boolean) => ({
    dimension,
    accepted,
    ...counters[dimension](flowId),
  });
  switch (event.type) {
    case 'FlowCreated':
      return judged('max_flows', event.data.flowId, true);
    case 'FlowVersionPublished':
      return judged('max_flow_versions', event.data.flowId, true);
    case 'ExecutionRequested':
      return judged('max_concurrent_executions', event.data.flowId, true);
    case 'CommandRejected': {
      const { dimension } = event.data.problem;
      return dimension !== null && dimension in counters
        ? judged(dimension as keyof typeof counters, event.data.flowId ?? '', false)
        : undefined;
    }
    default:
      return undefined;
  }
}

function apply(event: Event, usage: Usage): void {
  if (event.type === 'FlowCreated') {
    usage.flows.add(scopeOf(event, event.data.flowId));
    usage.versions.set(scopeOf(event, event.data.flowId), 0);
  } else if (event.type === 'FlowDeleted') usage.flows.delete(scopeOf(event, event.data.flowId));
  else if (event.type === 'FlowVersionPublished') count(usage.versions, scopeOf(event, event.data.flowId), 1);
  else if (event.type === 'FlowVersionArchived') count(usage.versions, scopeOf(event, event.data.flowId), -1);
  else if (event.type === 'ExecutionRequested') usage.open.add(event.data.executionId);
  else if (event.type === 'ExecutionClosed') usage.open.delete(event.data.executionId);
}

function checkIdempotency(events: readonly Accepted[]): readonly string[] {
  const effects = new Map<string, string>();
  const findings: string[] = [];
  for (const record of events) {
    const { event } = record;
    const { idempotency, commandId } = event.meta;
    const isEffect = !['CommandRejected', 'CommandAcknowledged', 'CommandStale'].includes(event.type);
    if (idempotency === null || !isEffect) continue;
    const key = scopeOf(event, idempotency.key);
    const first = effects.get(key) ?? commandId;
    if (first !== commandId) findings.push(`key ${idempotency.key} took effect twice, again at ${at(record)}`);
    effects.set(key, first);
  }
  return findings;
}

const scopeOf = (event: Event, id: string): string => `${event.meta.tenantId}/${event.meta.workspaceId}/${id}`;
