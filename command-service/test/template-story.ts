import type { Command, CommandMeta, TemplateResource } from '@flowplane/contracts';
import { metaOf } from './decider-specification.js';

/** Commands about provisioning templates, for stories of decisions. */

type Meta = Partial<CommandMeta>;
const meta = (given: Meta): CommandMeta => metaOf({ workspaceId: '_tpl', ...given });

export const createTemplate = (templateId = 't1', data: object = {}, given: Meta = {}): Command => ({
  type: 'CreateTemplate',
  meta: meta(given),
  data: {
    templateId,
    template: '{}',
    secretIds: [],
    user: null,
    maxTemplates: 1000,
    verdict: null,
    provision: null,
    ...data,
  },
});

export const updateTemplate = (templateId = 't1', data: object = {}, given: Meta = {}): Command => ({
  type: 'UpdateTemplate',
  meta: meta(given),
  data: { templateId, template: '{}', secretIds: [], scope: 'whole', verdict: null, provision: null, ...data },
});

export const deleteTemplate = (templateId = 't1', data: object = {}, given: Meta = {}): Command => ({
  type: 'DeleteTemplate',
  meta: meta(given),
  data: { templateId, clearStatus: false, mustExist: false, verdict: null, ...data },
});

export const provision = (executionId = 'p1', data: object = {}, given: Meta = {}): Command => ({
  type: 'ProvisionTemplate',
  meta: meta(given),
  data: {
    ...{ templateId: 't1', executionId, action: 'provision', templateRevision: 1, plan: '{}', taskPollMs: 5000 },
    ...{ template: null, secretIds: [], maxActive: null, verdict: null },
    ...data,
  },
});

export const deprovision = (executionId = 'd1', data: object = {}, given: Meta = {}): Command => ({
  type: 'DeprovisionTemplate',
  meta: meta(given),
  data: {
    ...{ templateId: 't1', executionId, allowDelete: [], removalTimeoutMs: 10_000, maxActive: null, verdict: null },
    ...data,
  },
});

export const index = (name: string): TemplateResource => ({
  workflow_step_name: 'create_index',
  workflow_step_id: `make-${name}`,
  resource_type: 'index_name',
  resource_id: name,
});

export const nodeStarted = (executionId = 'p1', nodeId = 'make-docs', templateId = 't1'): Command => ({
  type: 'RecordProvisioningNodeStarted',
  meta: meta({}),
  data: { templateId, executionId, nodeId, stepName: 'create_index', resourceId: 'docs' },
});

export const resourceCreated = (name: string, executionId = 'p1', templateId = 't1'): Command => ({
  type: 'RecordResourceCreated',
  meta: meta({}),
  data: { templateId, executionId, resource: index(name) },
});

export const resourceRemoved = (name: string, executionId = 'd1', templateId = 't1'): Command => ({
  type: 'RecordResourceRemoved',
  meta: meta({}),
  data: { templateId, executionId, resource: index(name) },
});

export const provisioned = (executionId = 'p1', data: object = {}): Command => ({
  type: 'RecordProvisioningFinished',
  meta: meta({}),
  data: {
    ...{ templateId: 't1', executionId, status: 'COMPLETED', error: null, errorStatus: null },
    ...{ completed: [], unsure: [] },
    ...data,
  },
});

export const deprovisioned = (executionId = 'd1', data: object = {}): Command => ({
  type: 'RecordDeprovisioningFinished',
  meta: meta({}),
  data: { templateId: 't1', executionId, removed: [], failed: [], setAside: [], ...data },
});

/** A refusal that was found before the command was sent. */
export const VERDICT = {
  ...{ status: 400, code: 'TEMPLATE_REFUSED', message: 'no' },
  ...{ errors: null, dimension: null, retryAfterSeconds: null },
};
/** Stories of one template. */
export const CREATED = [createTemplate()];
export const UNDER_WAY = [...CREATED, provision()];
export const DOCS = [...UNDER_WAY, resourceCreated('docs')];
export const DONE = [...DOCS, resourceCreated('logs'), provisioned()];
/** What the end of its provisioning says. */
export const ENDED = {
  ...{ templateId: 't1', executionId: 'p1', error: null, errorStatus: null },
  ...{ completed: [], unsure: [], next: null },
};
export const refusal = (status: number, message: string) => ({ status, message });
