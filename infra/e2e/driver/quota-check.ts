import { deniedFrom, isQuotaDimension, quotasInForce, type Quotas, type TenantQuota } from '@flowplane/contracts';
import { acceptedEvents, type WholeLog } from './log-reader.js';

type Accepted = ReturnType<typeof acceptedEvents>[number];

/** What a tenant has used up to a place in the log. Times are epoch milliseconds. */
type Usage = {
  set: readonly TenantQuota[];
  readonly flows: Set<string>;
  readonly versions: Map<string, number>;
  readonly open: Map<string, string>;
  readonly starts: { readonly workspaceId: string; readonly at: number }[];
  readonly signals: { readonly workspaceId: string; readonly at: number }[];
};

const WINDOW_MS = 60_000;
const noUsage = (): Usage => ({
  ...{ set: [], flows: new Set(), versions: new Map(), open: new Map(), starts: [], signals: [] },
});

export type QuotaReport = {
  /** A line per event that the quotas in force at its place do not allow, or refusal that they do not ask for. */
  readonly findings: readonly string[];
  /** Most runs at once, by workspace. */
  readonly mostOpen: ReadonlyMap<string, number>;
};

/** Counts over the events by the reader rule, and judges each by what was in force at its offset (flows-api 12). */
export function checkQuotas(log: WholeLog, configured: Quotas): QuotaReport {
  const tenants = new Map<string, Usage>();
  const mostOpen = new Map<string, number>();
  const findings: string[] = [];
  for (const record of acceptedEvents(log)) {
    const { tenantId, workspaceId } = record.event.meta;
    const usage = tenants.get(tenantId) ?? noUsage();
    tenants.set(tenantId, usage);
    findings.push(...judge(record, usage, quotasInForce(configured, usage.set)));
    take(record, usage);
    mostOpen.set(workspaceId, Math.max(mostOpen.get(workspaceId) ?? 0, openIn(usage, workspaceId)));
  }
  return { findings, mostOpen };
}

const openIn = (usage: Usage, workspaceId: string): number =>
  [...usage.open.values()].filter((one) => one === workspaceId).length;

function usedOf({ event }: Accepted, usage: Usage, dimension: keyof Quotas): number {
  const { workspaceId, occurredAt } = event.meta;
  const lately = (counted: Usage['starts']) =>
    counted.filter((one) => one.workspaceId === workspaceId && one.at > occurredAt - WINDOW_MS).length;
  const flowId = 'flowId' in event.data ? event.data.flowId : '';
  switch (dimension) {
    case 'max_flows':
      return usage.flows.size;
    case 'max_flow_versions':
      return usage.versions.get(`${workspaceId}/${flowId}`) ?? 0;
    case 'max_concurrent_executions':
      return openIn(usage, workspaceId);
    case 'flow_starts_per_minute':
      return lately(usage.starts);
    case 'flow_signal_rate_per_minute':
      return lately(usage.signals);
  }
}

const CHARGED = {
  FlowCreated: ['max_flows'],
  FlowVersionPublished: ['max_flow_versions'],
  ExecutionRequested: ['flow_starts_per_minute', 'max_concurrent_executions'],
  ExecutionSignaled: ['flow_signal_rate_per_minute'],
} as const satisfies Record<string, readonly (keyof Quotas)[]>;

function judge(record: Accepted, usage: Usage, inForce: Quotas): readonly string[] {
  const { event, partition, offset } = record;
  const charged: readonly (keyof Quotas)[] = CHARGED[event.type as keyof typeof CHARGED] ?? [];
  const place = `${event.type} at ${partition}@${offset}`;
  const exceeded = charged
    .filter((dimension) => usedOf(record, usage, dimension) >= deniedFrom(inForce[dimension]))
    .map((dimension) => `${place}: ${dimension} is used up (${usedOf(record, usage, dimension)})`);
  const refused = event.type === 'CommandRejected' ? (event.data.problem.dimension ?? '') : '';
  if (!isQuotaDimension(refused) || usedOf(record, usage, refused) >= deniedFrom(inForce[refused])) return exceeded;
  return [...exceeded, `${place}: there is room in ${refused} (${usedOf(record, usage, refused)})`];
}

function take({ event }: Accepted, usage: Usage): void {
  const { workspaceId, occurredAt: at } = event.meta;
  switch (event.type) {
    case 'TenantQuotasSet':
      usage.set = event.data.quotas;
      return;
    case 'FlowCreated':
      usage.flows.add(`${workspaceId}/${event.data.flowId}`);
      return;
    case 'FlowVersionPublished':
    case 'FlowVersionArchived': {
      const key = `${workspaceId}/${event.data.flowId}`;
      usage.versions.set(key, (usage.versions.get(key) ?? 0) + (event.type === 'FlowVersionPublished' ? 1 : -1));
      return;
    }
    case 'FlowDeleted':
      usage.flows.delete(`${workspaceId}/${event.data.flowId}`);
      usage.versions.delete(`${workspaceId}/${event.data.flowId}`);
      return;
    case 'ExecutionRequested':
      usage.open.set(event.data.executionId, workspaceId);
      usage.starts.push({ workspaceId, at });
      return;
    case 'ExecutionSignaled':
      usage.signals.push({ workspaceId, at });
      return;
    case 'ExecutionClosed':
      usage.open.delete(event.data.executionId);
      return;
    default:
      return;
  }
}
