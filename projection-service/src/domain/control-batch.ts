import type { Event } from '@flowplane/contracts';
import type { FlowRow } from '@flowplane/contracts/read-model';
import { denialKeyOf, foldAudit, isDenied, type AuditRow, type DenialKey } from './fold-audit.js';
import { commandRow, repeatedCommandId, type CommandRow, type EarlierOutcome } from './fold-commands.js';
import { foldConnection, type ConnectionsFold } from './fold-connections.js';
import { foldEventTriggers, type EventTriggersFold } from './fold-event-triggers.js';
import { foldExecution, makeExecutionsFold, type ExecutionChange, type NewExecution } from './fold-executions.js';
import { deliveryOf, type DeliveryRow } from './fold-deliveries.js';
import { foldFlow } from './fold-flows.js';
import { llmModelsRow, type LlmModelsRow } from './fold-llm-models.js';
import { tenantQuotasRow, type TenantQuotasRow } from './fold-quotas.js';
import { foldSchedule, scheduledFlow } from './fold-schedules.js';
import { changedTemplate, foldTemplate, type TemplateKey, type TemplatesFold } from './fold-templates.js';
import { archivedVersion, publishedVersion, type ArchivedVersion, type VersionRow } from './fold-versions.js';
import type { TemplateRow } from './template-row.js';
import type { ScheduleRow } from './schedule-row.js';
import { flowsWithChangedWebhooks, foldWebhooks, type WebhookRow, type WebhooksFold } from './fold-webhooks.js';
import { flowKeyOfEvent, type FlowKey, type LoggedEvent } from './logged-event.js';

/** What a batch needs to know of the tables as they are before it. */
export type ControlNeeds = {
  /** Flows whose whole row a change builds on. */
  readonly flows: ReadonlySet<FlowKey>;
  /** Flows of which only the generation is needed: starts of runs, versions that are removed. */
  readonly generations: ReadonlySet<FlowKey>;
  /** Flows whose schedule a change builds on. */
  readonly schedules: ReadonlySet<FlowKey>;
  /** Commands whose outcome is repeated. */
  readonly outcomes: ReadonlySet<string>;
  readonly denials: ReadonlySet<DenialKey>;
  /** Flows whose webhook triggers may change. */
  readonly webhooks: ReadonlySet<FlowKey>;
  readonly templates: ReadonlySet<TemplateKey>;
};

export type ControlKnown = {
  readonly flows: ReadonlyMap<FlowKey, FlowRow>;
  readonly generations: ReadonlyMap<FlowKey, number>;
  readonly schedules: ReadonlyMap<FlowKey, ScheduleRow>;
  readonly outcomes: ReadonlyMap<string, EarlierOutcome>;
  readonly denials: ReadonlyMap<DenialKey, number>;
  readonly webhooks: ReadonlyMap<FlowKey, readonly WebhookRow[]>;
  readonly templates: ReadonlyMap<TemplateKey, TemplateRow>;
};

/** A run requested in the batch, as the batch leaves it. */
export type CreatedExecution = Readonly<NewExecution & ExecutionChange>;

/** What a batch of events does to the control tables, each row once, in its final state. */
export type ControlChanges = {
  readonly flows: readonly FlowRow[];
  readonly versions: readonly VersionRow[];
  readonly archivedVersions: readonly ArchivedVersion[];
  readonly schedules: readonly ScheduleRow[];
  readonly createdExecutions: readonly CreatedExecution[];
  readonly changedExecutions: readonly ExecutionChange[];
  readonly commands: readonly CommandRow[];
  readonly audit: readonly AuditRow[];
  readonly denials: ReadonlyMap<DenialKey, number>;
  /** All webhook triggers that the flows have now. */
  readonly webhooks: ReadonlyMap<FlowKey, readonly WebhookRow[]>;
  readonly deliveries: readonly DeliveryRow[];
  /** Null: the row goes. */
  readonly templates: ReadonlyMap<TemplateKey, TemplateRow | null>;
  readonly tenantQuotas: readonly TenantQuotasRow[];
  readonly llmModels: readonly LlmModelsRow[];
  /** Null: the row goes. */
  readonly connections: ConnectionsFold;
  /** Platform-event triggers, the whole set of every flow that is a key. */
  readonly eventTriggers: EventTriggersFold;
};

export function needsOf(events: readonly LoggedEvent[]): ControlNeeds {
  const needs = {
    flows: new Set<FlowKey>(),
    generations: new Set<FlowKey>(),
    schedules: new Set<FlowKey>(),
    outcomes: new Set<string>(),
    denials: new Set<DenialKey>(),
    webhooks: new Set<FlowKey>(),
    templates: new Set<TemplateKey>(),
  };
  for (const { message: event } of events) {
    const changed = changedFlow(event);
    if (changed !== undefined) needs.flows.add(changed);
    if (event.type === 'ExecutionRequested' || event.type === 'FlowVersionArchived')
      needs.generations.add(flowKeyOfEvent(event, event.data.flowId));
    const scheduled = scheduledFlow(event);
    if (scheduled !== undefined) needs.schedules.add(scheduled);
    for (const key of flowsWithChangedWebhooks(event)) needs.webhooks.add(key);
    const template = changedTemplate(event);
    if (template !== undefined) needs.templates.add(template);
    if (isDenied(event)) needs.denials.add(denialKeyOf(event));
    const repeated = repeatedCommandId(event);
    if (repeated !== undefined) needs.outcomes.add(repeated);
  }
  return needs;
}

function changedFlow(event: Event): FlowKey | undefined {
  switch (event.type) {
    case 'FlowUpdated':
    case 'FlowDeleted':
    case 'FlowVersionPublished':
      return flowKeyOfEvent(event, event.data.flowId);
    default:
      return undefined;
  }
}

/** Folds a batch, in log order per partition, over what the tables know. Pure. */
export function foldControl(events: readonly LoggedEvent[], known: ControlKnown): ControlChanges {
  const flows = { rows: new Map(known.flows), changed: new Set<FlowKey>() };
  const schedules = { rows: new Map(known.schedules), changed: new Set<FlowKey>() };
  const executions = makeExecutionsFold();
  const audit = { rows: new Map<string, AuditRow>(), denials: new Map(known.denials) };
  const webhooks: WebhooksFold = { rows: new Map(known.webhooks), changed: new Set() };
  const templates: TemplatesFold = { rows: new Map(known.templates), changed: new Set() };
  const deliveries = new Map<string, DeliveryRow>();
  const tenantQuotas = new Map<string, TenantQuotasRow>();
  const llmModels = new Map<string, LlmModelsRow>();
  const versions: VersionRow[] = [];
  const archivedVersions: ArchivedVersion[] = [];
  const eventTriggers: EventTriggersFold = new Map();
  const connections: ConnectionsFold = new Map();
  const commands = new Map<string, CommandRow>();
  const generationOf = (key: FlowKey): number | undefined =>
    flows.rows.get(key)?.generation ?? known.generations.get(key);
  const sources = {
    flowOf: (event: Event, flowId: string) => flows.rows.get(flowKeyOfEvent(event, flowId)),
    scheduleOf: (event: Event, flowId: string) => schedules.rows.get(flowKeyOfEvent(event, flowId)),
    outcomeOf: (commandId: string) => commands.get(commandId) ?? known.outcomes.get(commandId),
  };
  for (const logged of events) {
    const { message: event } = logged;
    foldFlow(flows, logged);
    foldSchedule(schedules, logged);
    if (event.type === 'FlowVersionPublished') {
      const version = publishedVersion(logged, generationOf(flowKeyOfEvent(event, event.data.flowId)));
      if (version !== undefined) versions.push(version);
    }
    if (event.type === 'FlowVersionArchived') {
      const generation = generationOf(flowKeyOfEvent(event, event.data.flowId));
      const archived = generation === undefined ? undefined : archivedVersion(logged, generation);
      if (archived !== undefined) archivedVersions.push(archived);
    }
    if (event.type === 'ExecutionRequested') {
      foldExecution(executions, logged, generationOf(flowKeyOfEvent(event, event.data.flowId)) ?? null);
    } else {
      foldExecution(executions, logged, null);
    }
    foldEventTriggers(eventTriggers, logged);
    foldConnection(connections, logged);
    foldAudit(audit, logged);
    foldTemplate(templates, logged);
    foldWebhooks(webhooks, event);
    const delivery = deliveryOf(event);
    if (delivery !== undefined) deliveries.set(delivery.eventId, delivery);
    const quotas = tenantQuotasRow(event);
    if (quotas !== undefined) tenantQuotas.set(quotas.tenantId, quotas);
    const models = llmModelsRow(event);
    if (models !== undefined) llmModels.set(`${models.tenantId}:${models.workspaceId}`, models);
    const command = commandRow(logged, sources);
    // The first outcome counts; only a pending one is replaced.
    const before = command === undefined ? undefined : commands.get(command.commandId);
    if (command !== undefined && (before === undefined || before.status === 'pending')) {
      commands.set(command.commandId, command);
    }
  }
  const changes = [...executions.changes.values()];
  return {
    flows: [...flows.changed].map((key) => flows.rows.get(key) as FlowRow),
    versions,
    archivedVersions,
    schedules: [...schedules.changed].map((key) => schedules.rows.get(key) as ScheduleRow),
    createdExecutions: [...executions.created].map(([executionId, created]) =>
      // Into an object of its own: the change belongs to this fold alone.
      Object.assign(executions.changes.get(executionId) as ExecutionChange, created),
    ),
    changedExecutions: changes.filter(({ executionId }) => !executions.created.has(executionId)),
    commands: [...commands.values()],
    audit: [...audit.rows.values()],
    tenantQuotas: [...tenantQuotas.values()],
    llmModels: [...llmModels.values()],
    denials: new Map([...audit.denials].filter(([key, count]) => known.denials.get(key) !== count)),
    webhooks: new Map([...webhooks.changed].map((key) => [key, webhooks.rows.get(key) ?? []])),
    deliveries: [...deliveries.values()],
    templates: new Map([...templates.changed].map((key) => [key, templates.rows.get(key) ?? null])),
    connections,
    eventTriggers,
  };
}
