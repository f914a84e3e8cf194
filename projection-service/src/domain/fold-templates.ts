import {
  sameResource,
  type DeprovisioningFinished,
  type Event,
  type ProvisioningFinished,
  type ProvisioningRequested,
  type RunPlan,
  type TemplateCreated,
  type TemplateDeleted,
  type TemplateUpdated,
  type TemplateResource,
} from '@flowplane/contracts';
import type { LoggedEvent } from './logged-event.js';
import { plainTextOrNull } from '@flowplane/contracts/read-model';
import { INITIAL_STATE, type TemplateRow } from './template-row.js';

/** Tenant and template, as one key. The parts cannot contain a colon. */
export type TemplateKey = string;
type TemplateEvent = Extract<Event, { readonly data: { readonly templateId: string } }>;

/** Templates after a batch: those loaded before it, changed by its events; null: the row goes. */
export type TemplatesFold = {
  readonly rows: Map<TemplateKey, TemplateRow | null>;
  readonly changed: Set<TemplateKey>;
};

export const templateKeyOf = (tenantId: string, templateId: string): TemplateKey => `${tenantId}:${templateId}`;

/** The template that an event changes. */
export const changedTemplate = (event: Event): TemplateKey | undefined =>
  'templateId' in event.data ? templateKeyOf(event.meta.tenantId, event.data.templateId) : undefined;

/** Takes one event into the templates table. */
export function foldTemplate({ rows, changed }: TemplatesFold, { message, offset }: LoggedEvent): void {
  const key = changedTemplate(message);
  if (key === undefined) return;
  const event = message as TemplateEvent;
  const before = rows.get(key) ?? undefined;
  const next = nextRow(before, event);
  if (next === undefined) return;
  rows.set(key, next === null ? null : { ...next, logOffset: offset });
  changed.add(key);
}

/** @returns null: there is neither document nor state any more; undefined: nothing changes */
function nextRow(row: TemplateRow | undefined, event: TemplateEvent): TemplateRow | null | undefined {
  if (event.type === 'TemplateCreated') return created(event);
  if (event.type === 'ResourceCreated') {
    const before = row ?? onlyResources(event);
    const { resource } = event.data;
    const completed = [...new Set([...before.completed, resource.workflow_step_id])];
    return { ...before, resources: [...before.resources, resource], completed };
  }
  if (row === undefined) return undefined;
  switch (event.type) {
    case 'TemplateUpdated':
      return updated(row, event);
    case 'TemplateDeleted':
      return deleted(row, event);
    case 'ProvisioningRequested':
      return requested(row, event);
    case 'ProvisioningNodeStarted':
      return undefined;
    case 'ResourceRemoved':
      return { ...row, resources: without(row.resources, [event.data.resource]) };
    case 'ProvisioningFinished':
      return provisioned(row, event);
    case 'DeprovisioningRequested':
      return { ...row, deprovisioning: event.data.executionId };
    case 'DeprovisioningFinished':
      return deprovisioned(row, event);
  }
}

const created = ({ meta, data }: TemplateCreated): TemplateRow => ({
  ...INITIAL_STATE,
  tenantId: meta.tenantId,
  templateId: data.templateId,
  document: data.template,
  revision: data.templateRevision,
  owner: data.user === null ? null : JSON.stringify(data.user),
  createdAt: meta.occurredAt,
  updatedAt: meta.occurredAt,
  provisionedAt: null,
  logOffset: 0,
});

/** A resource that was reported when template and state were gone: it is there all the same. */
const onlyResources = ({ meta, data }: TemplateEvent): TemplateRow => ({
  ...INITIAL_STATE,
  tenantId: meta.tenantId,
  templateId: data.templateId,
  document: null,
  revision: 0,
  owner: null,
  createdAt: meta.occurredAt,
  updatedAt: meta.occurredAt,
  provisionedAt: null,
  state: 'FAILED',
  progress: 'FAILED',
  logOffset: 0,
});

function updated(row: TemplateRow, { meta, data }: TemplateUpdated): TemplateRow {
  const document = data.scope === 'whole' ? data.template : withFields(row.document, data.template);
  return { ...row, document, revision: data.templateRevision, updatedAt: meta.occurredAt };
}

/** Only members that are given replace what is stored, parts of `version` each for itself (provisioning 2). */
function withFields(document: string | null, given: string): string {
  const before = JSON.parse(document ?? '{}') as Fields;
  const change = JSON.parse(given) as Fields;
  const version = change.version === undefined ? {} : { version: { ...before.version, ...change.version } };
  return JSON.stringify({ ...before, ...change, ...version });
}
type Fields = { readonly version?: Readonly<Record<string, unknown>> };

const deleted = (row: TemplateRow, { data }: TemplateDeleted): TemplateRow | null =>
  data.stateCleared ? null : { ...row, document: null };

function requested(row: TemplateRow, { meta, data }: ProvisioningRequested): TemplateRow {
  const { template, templateRevision: revision, executionId: provisioning } = data;
  const replaced = template === null ? {} : { document: template, updatedAt: meta.occurredAt };
  return {
    ...{ ...row, ...replaced, revision, provisioning, provisionedAt: meta.occurredAt },
    ...{ state: 'PROVISIONING', progress: 'IN_PROGRESS', startedAt: meta.occurredAt, endedAt: null },
    ...{ error: null, errorStatus: null, unsure: [], completed: doneBefore(row, data) },
  };
}

/** Nodes that are done already, of a run that goes on from them. What becomes of those that it does itself, its end says. */
function doneBefore({ completed }: TemplateRow, { action, plan }: ProvisioningRequested['data']): readonly string[] {
  if (action === 'provision' || completed.length === 0) return [];
  const { nodes = [] } = JSON.parse(plan) as Partial<Pick<RunPlan, 'nodes'>>;
  const own = new Set(nodes.filter((node) => node.action !== 'keep').map(({ id }) => id));
  return completed.filter((id) => !own.has(id));
}

function provisioned(row: TemplateRow, { meta, data }: ProvisioningFinished): TemplateRow {
  const { status, error, errorStatus, unsure, next } = data;
  const completed = [...new Set([...row.completed, ...data.completed])];
  const progress = status === 'COMPLETED' ? 'DONE' : 'FAILED';
  const ended = { state: status, progress, endedAt: meta.occurredAt, provisioning: null } as const;
  // One that waited begins with this event; that of a tenant which is torn down does not.
  const deprovisioning = next === null ? null : row.deprovisioning;
  return { ...row, ...ended, deprovisioning, error: plainTextOrNull(error), errorStatus, completed, unsure };
}

/**
 * Nothing left: the state begins anew, or goes where the document has gone and nothing is unsure. What nobody knows of is
 * still not known: it stays until the next provisioning.
 */
function deprovisioned(row: TemplateRow, { meta, data }: DeprovisioningFinished): TemplateRow | null {
  const { remaining: resources } = data;
  if (resources.length === 0) {
    const { document, unsure } = row;
    return document === null && unsure.length === 0 ? null : { ...row, ...INITIAL_STATE, unsure };
  }
  const ended = { state: 'COMPLETED', progress: 'DONE', endedAt: meta.occurredAt, deprovisioning: null } as const;
  return { ...row, ...ended, resources };
}

const without = (resources: readonly TemplateResource[], gone: readonly TemplateResource[]) =>
  resources.filter((one) => !gone.some((other) => sameResource(one, other)));
