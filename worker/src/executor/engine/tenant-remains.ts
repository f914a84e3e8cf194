import type { temporal } from '@temporalio/proto';
import type { SearchAttributeName } from '../../shared/run-input.js';
import type { EngineGate } from '../../shared/engine-gate.js';

/** An execution of the engine; a run that continued as new is several. */
export type EngineExecution = { readonly workflowId: string; readonly runId: string };

/** What the engine keeps of a tenant. Ids of runs and schedules begin with `<tenant>:`. */
export type TenantRemains = {
  /** All executions, children included, as the visibility store has them now, in pages. */
  readonly executionsOf: (tenantId: string, signal: AbortSignal) => AsyncIterable<readonly EngineExecution[]>;
  /** Ends it where it is open, and forgets it; one that is not there is fine. */
  readonly deleteExecution: (execution: EngineExecution, signal: AbortSignal) => Promise<void>;
  readonly schedulesOf: (tenantId: string, signal: AbortSignal) => Promise<readonly string[]>;
  /** One that is not there is fine. */
  readonly deleteSchedule: (scheduleId: string, signal: AbortSignal) => Promise<void>;
};

type Service = {
  readonly listWorkflowExecutions: (
    request: temporal.api.workflowservice.v1.IListWorkflowExecutionsRequest,
  ) => Promise<temporal.api.workflowservice.v1.IListWorkflowExecutionsResponse>;
  readonly deleteWorkflowExecution: (
    request: temporal.api.workflowservice.v1.IDeleteWorkflowExecutionRequest,
  ) => Promise<unknown>;
  readonly listSchedules: (
    request: temporal.api.workflowservice.v1.IListSchedulesRequest,
  ) => Promise<temporal.api.workflowservice.v1.IListSchedulesResponse>;
  readonly deleteSchedule: (request: temporal.api.workflowservice.v1.IDeleteScheduleRequest) => Promise<unknown>;
};

export type TenantRemainsOptions = {
  readonly service: Service;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly identity: string;
  readonly gate: EngineGate;
  /** One request within its deadline. */
  readonly within: <T>(request: 'list' | 'delete', call: () => Promise<T>) => Promise<T>;
  readonly ignoreMissing: (call: Promise<unknown>) => Promise<unknown>;
};

const PAGE = 1000;
const TENANT: SearchAttributeName = 'tenantId';

const textOf = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('utf8');

export function makeTenantRemains(options: TenantRemainsOptions): TenantRemains {
  const { service, namespace, gate, within, ignoreMissing } = options;
  const remove = async (call: () => Promise<unknown>, signal: AbortSignal): Promise<void> => {
    await ignoreMissing(gate.call(() => within('delete', call), signal));
  };
  /** Asked once more: a tenant's id may hold `_`, which the visibility store takes for any character. */
  const isOf = (tenantId: string, id: string): boolean => id.startsWith(`${tenantId}:`);

  return {
    executionsOf: async function* (tenantId, signal) {
      // The id of a child may be a hash, and what a schedule has started may lack the attribute.
      const ofTenant = `${TENANT} = '${tenantId}' OR WorkflowId STARTS_WITH '${tenantId}:'`;
      const query = `TaskQueue = '${options.taskQueue}' AND (${ofTenant})`;
      yield* paged(async (nextPageToken) => {
        const request = { namespace, query, pageSize: PAGE, ...nextPageToken };
        const page = await gate.call(() => within('list', () => service.listWorkflowExecutions(request)), signal);
        const items = (page.executions ?? []).flatMap(({ execution, searchAttributes }) => {
          const { workflowId, runId } = { workflowId: execution?.workflowId ?? '', runId: execution?.runId ?? '' };
          const attribute = searchAttributes?.indexedFields?.[TENANT];
          const isIts = isOf(tenantId, workflowId) || textOf(attribute?.data) === JSON.stringify(tenantId);
          return isIts ? [{ workflowId, runId }] : [];
        });
        return { items, token: page.nextPageToken };
      });
    },
    deleteExecution: (workflowExecution, signal) =>
      remove(() => service.deleteWorkflowExecution({ namespace, workflowExecution }), signal),
    schedulesOf: async (tenantId, signal) => {
      const ids: string[] = [];
      const pages = paged(async (nextPageToken) => {
        const request = { namespace, maximumPageSize: PAGE, ...nextPageToken };
        const page = await gate.call(() => within('list', () => service.listSchedules(request)), signal);
        return { items: (page.schedules ?? []).map(({ scheduleId }) => scheduleId ?? ''), token: page.nextPageToken };
      });
      for await (const page of pages) ids.push(...page.filter((id) => isOf(tenantId, id)));
      return ids;
    },
    deleteSchedule: (scheduleId, signal) =>
      remove(() => service.deleteSchedule({ namespace, scheduleId, identity: options.identity }), signal),
  };
}

type PageOf<T> = { readonly items: readonly T[]; readonly token: Uint8Array | null | undefined };

async function* paged<T>(
  load: (next: { readonly nextPageToken?: Uint8Array }) => Promise<PageOf<T>>,
): AsyncGenerator<readonly T[]> {
  let token: Uint8Array | null | undefined;
  do {
    const page = await load(token && token.length > 0 ? { nextPageToken: token } : {});
    yield page.items;
    ({ token } = page);
  } while (token && token.length > 0);
}
