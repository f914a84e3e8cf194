import type { Event, TemplateResource } from '@flowplane/contracts';
import type { EventMaker } from './sample-events.js';

/** Events of provisioning templates, as the decider would write them. */

const TEMPLATES = { workspaceId: '_tpl' };

export const index = (name: string): TemplateResource => ({
  workflow_step_name: 'create_index',
  workflow_step_id: `make-${name}`,
  resource_type: 'index_name',
  resource_id: name,
});

const STORED_ONLY = { executionId: null, notProvisioned: null };

export function templateEvents(events: EventMaker, templateId: string) {
  const run = { templateId, executionId: `${templateId}-run` };
  const removal = { templateId, executionId: `${templateId}-removal` };
  return {
    created: (template = '{"name":"demo"}'): Event =>
      events.next(
        'TemplateCreated',
        'CreateTemplate',
        { templateId, template, secretIds: [], user: null, templateRevision: 1, ...STORED_ONLY },
        TEMPLATES,
      ),
    updated: (template: string, scope: 'whole' | 'fields', templateRevision = 2): Event =>
      events.next(
        'TemplateUpdated',
        'UpdateTemplate',
        { templateId, template, secretIds: [], scope, templateRevision, ...STORED_ONLY },
        TEMPLATES,
      ),
    deleted: (stateCleared: boolean): Event =>
      events.next(
        'TemplateDeleted',
        'DeleteTemplate',
        { templateId, templateRevision: 1, existed: true, stateCleared },
        TEMPLATES,
      ),
    requested: (
      template: string | null = null,
      more: Partial<Extract<Event, { readonly type: 'ProvisioningRequested' }>['data']> = {},
    ): Event =>
      events.next(
        'ProvisioningRequested',
        'ProvisionTemplate',
        {
          ...run,
          ...{
            action: template === null ? 'provision' : 'reprovision',
            templateRevision: 1,
            plan: '{}',
            taskPollMs: 5000,
          },
          ...{ template, secretIds: [], ...more },
        },
        TEMPLATES,
      ),
    nodeStarted: (): Event =>
      events.next(
        'ProvisioningNodeStarted',
        'RecordProvisioningNodeStarted',
        { ...run, nodeId: 'make-docs', stepName: 'create_index', resourceId: 'docs' },
        TEMPLATES,
      ),
    made: (name: string): Event =>
      events.next('ResourceCreated', 'RecordResourceCreated', { ...run, resource: index(name) }, TEMPLATES),
    removed: (name: string): Event =>
      events.next('ResourceRemoved', 'RecordResourceRemoved', { ...removal, resource: index(name) }, TEMPLATES),
    finished: (status: 'COMPLETED' | 'FAILED' = 'COMPLETED', error: string | null = null): Event =>
      events.next(
        'ProvisioningFinished',
        'RecordProvisioningFinished',
        {
          ...run,
          ...{ status, error, errorStatus: error === null ? null : 400 },
          ...{ completed: ['make-docs'], unsure: [], next: null },
        },
        TEMPLATES,
      ),
    removal: (): Event =>
      events.next(
        'DeprovisioningRequested',
        'DeprovisionTemplate',
        { ...removal, allowDelete: [], removalTimeoutMs: 10_000, ends: null, resources: [] },
        TEMPLATES,
      ),
    removalFinished: (remaining: readonly string[] = []): Event =>
      events.next(
        'DeprovisioningFinished',
        'RecordDeprovisioningFinished',
        { ...removal, failed: remaining.map(index), setAside: [], remaining: remaining.map(index) },
        TEMPLATES,
      ),
  };
}
