import {
  sameResource,
  type DeprovisioningFinished,
  type DeprovisioningRequested,
  type Event,
  type ProvisioningFinished,
  type ProvisioningNodeStarted,
  type ProvisioningRequested,
  type TemplateDeleted,
  type TemplateResource,
  type TemplateUpdated,
} from '@flowplane/contracts';

/** As a client sees it (provisioning 9). */
export type ProvisioningProgress = 'NOT_STARTED' | 'IN_PROGRESS' | 'DONE' | 'FAILED';

/** What the log knows of one template: the document, and the state that may outlive it. */
export type Template = {
  /** Changes of the document so far. */
  readonly revision: number;
  /** Whether the document is there; without it only the state is left. */
  readonly isKept: boolean;
  readonly progress: ProvisioningProgress;
  /** What exists, in the order in which it was made. */
  readonly resources: readonly TemplateResource[];
  /** What was removed since the last provisioning was requested: a report of its making that is repeated late is not news. */
  readonly removed: readonly TemplateResource[];
  /** Execution id of the provisioning that is under way, or null. */
  readonly provisioning: string | null;
  /** Steps that it has begun and of which no resource is known yet. */
  readonly begun: readonly BegunStep[];
  /** Node ids of all steps that it has begun: an attempt that is repeated begins none again. */
  readonly started: readonly string[];
  /** Whether the last provisioning left creates of which nobody knows the end. */
  readonly hasUnsure: boolean;
  /** The deprovisioning that is under way, or waits for the provisioning to end. */
  readonly deprovisioning: {
    readonly executionId: string;
    readonly allowDelete: readonly string[];
    readonly removalTimeoutMs: number;
  } | null;
};

export type BegunStep = Pick<ProvisioningNodeStarted['data'], 'nodeId' | 'stepName' | 'resourceId'>;

export type TemplatesState = {
  /** By template id; neither document nor state: no entry. */
  readonly templates: Map<string, Template>;
};

export type TemplateEvent = Extract<Event, { readonly data: { readonly templateId: string } }>;

export const emptyTemplates = (): TemplatesState => ({ templates: new Map() });

const INITIAL = {
  progress: 'NOT_STARTED',
  resources: [],
  removed: [],
  provisioning: null,
  begun: [],
  started: [],
  hasUnsure: false,
  deprovisioning: null,
} as const satisfies Partial<Template>;
/** Of a resource that was reported after template and state were gone: it exists and must be seen. */
const ONLY_RESOURCES: Template = { ...INITIAL, revision: 0, isKept: false, progress: 'FAILED' };

/** Documents that are kept. */
export const countTemplates = ({ templates }: TemplatesState): number =>
  [...templates.values()].filter(({ isKept }) => isKept).length;

/** Runs of a kind that are not over. */
export const countRuns = ({ templates }: TemplatesState, kind: 'provisioning' | 'deprovisioning'): number =>
  [...templates.values()].filter((template) => template[kind] !== null).length;

/** Runs of templates that are not over. */
export const openTemplateRuns = (state: TemplatesState): number =>
  countRuns(state, 'provisioning') + countRuns(state, 'deprovisioning');

/** Total: an event that does not fit changes nothing. */
export function evolveTemplates({ templates }: TemplatesState, event: TemplateEvent): void {
  const { templateId } = event.data;
  const next = evolved(templates.get(templateId), event);
  if (next === undefined) templates.delete(templateId);
  else templates.set(templateId, next);
}

function evolved(template: Template | undefined, event: TemplateEvent): Template | undefined {
  if (event.type === 'TemplateCreated') return newTemplate(event.data.templateRevision);
  if (event.type === 'ResourceCreated') {
    const before = template ?? ONLY_RESOURCES;
    const { resource } = event.data;
    const begun = before.begun.filter(({ nodeId }) => nodeId !== resource.workflow_step_id);
    return { ...before, resources: [...before.resources, resource], begun };
  }
  if (template === undefined) return undefined;
  switch (event.type) {
    case 'TemplateUpdated':
      return updated(template, event);
    case 'TemplateDeleted':
      return deleted(template, event);
    case 'ProvisioningRequested':
      return requested(template, event);
    case 'ProvisioningNodeStarted':
      return begun(template, event);
    case 'ResourceRemoved': {
      const { resource } = event.data;
      const resources = template.resources.filter((one) => !sameResource(one, resource));
      return { ...template, resources, removed: [...template.removed, resource] };
    }
    case 'ProvisioningFinished':
      return provisioned(template, event);
    case 'DeprovisioningRequested':
      return deprovisioning(template, event);
    case 'DeprovisioningFinished':
      return deprovisioned(template, event);
  }
}

/** Nothing was provisioned yet. */
export const newTemplate = (revision: number): Template => ({ ...INITIAL, revision, isKept: true });

const updated = (template: Template, { data }: TemplateUpdated): Template => ({
  ...template,
  revision: data.templateRevision,
});

function deleted(template: Template, { data }: TemplateDeleted): Template | undefined {
  return data.stateCleared ? undefined : { ...template, isKept: false };
}

function requested(template: Template, { data }: ProvisioningRequested): Template {
  const { executionId, templateRevision: revision } = data;
  // What was reported late by a run before stays listed.
  const run = { ...NOTHING_BEGUN, progress: 'IN_PROGRESS', provisioning: executionId, hasUnsure: false } as const;
  return { ...template, revision, removed: [], ...run };
}

function provisioned(template: Template, { data }: ProvisioningFinished): Template {
  const progress = data.status === 'COMPLETED' ? 'DONE' : 'FAILED';
  const deprovisioning = data.next === null ? null : template.deprovisioning;
  const hasUnsure = data.unsure.length > 0;
  return { ...template, ...NOTHING_BEGUN, progress, provisioning: null, hasUnsure, deprovisioning };
}

const NOTHING_BEGUN = { begun: [], started: [] } as const satisfies Partial<Template>;

function begun(template: Template, { data }: ProvisioningNodeStarted): Template {
  const { nodeId, stepName, resourceId } = data;
  const step: BegunStep = { nodeId, stepName, resourceId };
  return { ...template, begun: [...template.begun, step], started: [...template.started, nodeId] };
}

function deprovisioning(template: Template, { data }: DeprovisioningRequested): Template {
  const { executionId, allowDelete, removalTimeoutMs } = data;
  return { ...template, deprovisioning: { executionId, allowDelete, removalTimeoutMs } };
}

/** Nothing left: the state begins anew, or goes where the document has gone and nothing is unsure, which stays so. */
function deprovisioned(template: Template, { data }: DeprovisioningFinished): Template | undefined {
  const { remaining } = data;
  const gone = template.resources.filter((one) => !remaining.some((kept) => sameResource(kept, one)));
  const removed = [...template.removed, ...gone];
  if (remaining.length > 0)
    return { ...template, progress: 'DONE', resources: remaining, removed, deprovisioning: null };
  const { hasUnsure } = template;
  return template.isKept || hasUnsure ? { ...template, ...INITIAL, removed, hasUnsure } : undefined;
}

export const templatesToJson = ({ templates }: TemplatesState) => [...templates];
export const templatesFromJson = (saved: ReturnType<typeof templatesToJson>): TemplatesState => ({
  // What was saved before a member was kept does not have it.
  templates: new Map(saved.map(([id, template]) => [id, { ...INITIAL, ...template }])),
});
