import {
  connectionsFromJson,
  connectionsToJson,
  emptyConnections,
  type ConnectionsState,
} from './connections/state.js';
import { emptyExecutions, executionsFromJson, executionsToJson, type ExecutionsState } from './executions/state.js';
import { emptyFlows, flowsFromJson, flowsToJson, type FlowsState } from './flows/state.js';
import {
  emptyIdempotency,
  idempotencyFromJson,
  idempotencyToJson,
  type IdempotencyState,
} from './idempotency/state.js';
import { emptyQuotas, quotasFromJson, quotasToJson, type QuotasState } from './quotas/state.js';
import { emptyTemplates, templatesFromJson, templatesToJson, type TemplatesState } from './templates/state.js';
import type { Fence } from './tenants/state.js';
import { emptyTriggers, triggersFromJson, triggersToJson, type TriggersState } from './triggers/state.js';

/**
 * Everything a tenant's commands are decided against, and nothing else (event-log 11).
 *
 * It is mutable and has one owner, the fold of its partition: a copy per event would cost more than the decision. Only
 * `evolve` changes it, and `forget` removes what has expired.
 */
export type TenantState = {
  flows: FlowsState;
  executions: ExecutionsState;
  triggers: TriggersState;
  templates: TemplatesState;
  connections: ConnectionsState;
  idempotency: IdempotencyState;
  quotas: QuotasState;
  /** Null unless the tenant is being torn down. */
  fence: Fence | null;
  /** Latest time of a decision, epoch milliseconds; time never goes back behind it (event-log 9). */
  lastTime: number;
};

export const emptyTenantState = (): TenantState => ({
  flows: emptyFlows(),
  executions: emptyExecutions(),
  triggers: emptyTriggers(),
  templates: emptyTemplates(),
  connections: emptyConnections(),
  idempotency: emptyIdempotency(),
  quotas: emptyQuotas(),
  fence: null,
  lastTime: 0,
});

/** Nothing is known of the tenant but the time: its state need not be kept. */
export const isBlank = ({ flows, connections, fence, quotas, ...slices }: TenantState): boolean =>
  fence === null &&
  quotas.set.length === 0 &&
  [{ flows, connections }, quotas, slices.executions, slices.triggers, slices.templates, slices.idempotency]
    .flatMap((slice): unknown[] => Object.values(slice))
    .every((part) => !(part instanceof Map) || part.size === 0);

/** To be raised whenever `TenantState` or `evolve` changes meaning: snapshots of another format are not used. */
export const SNAPSHOT_FORMAT = 13;

const savedState = (state: TenantState) => ({
  flows: flowsToJson(state.flows),
  executions: executionsToJson(state.executions),
  triggers: triggersToJson(state.triggers),
  templates: templatesToJson(state.templates),
  connections: connectionsToJson(state.connections),
  idempotency: idempotencyToJson(state.idempotency),
  quotas: quotasToJson(state.quotas),
  fence: state.fence,
  lastTime: state.lastTime,
});

/** A tenant's state as JSON text, for a snapshot. */
export const stateToJson = (state: TenantState): string => JSON.stringify(savedState(state));

/** The state that `stateToJson` wrote. @throws when the text is of anything else */
export function stateFromJson(json: string): TenantState {
  const saved = JSON.parse(json) as ReturnType<typeof savedState>;
  return {
    flows: flowsFromJson(saved.flows),
    executions: executionsFromJson(saved.executions),
    triggers: triggersFromJson(saved.triggers),
    templates: templatesFromJson(saved.templates),
    connections: connectionsFromJson(saved.connections),
    idempotency: idempotencyFromJson(saved.idempotency),
    quotas: quotasFromJson(saved.quotas),
    fence: saved.fence,
    lastTime: saved.lastTime,
  };
}
