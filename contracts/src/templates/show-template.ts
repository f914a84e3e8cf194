import type { Json, JsonObject } from '../flow/json.js';
import type { Template, TemplateNode, TemplateVersion, TemplateWorkflow } from './document.js';
import { shownInputs, withoutCredentials } from './user-inputs.js';

/** What is shown beside the document itself. */
export type ShowOptions = {
  /** For administrators only (provisioning 17). */
  readonly user: boolean;
  /** With multi-tenancy only (provisioning 15.1). */
  readonly tenant: boolean;
  /** Left out of searches with a `_source` clause (provisioning 14.2). */
  readonly uiMetadata: boolean;
};

/**
 * A template as GET and searches show it (provisioning 3): without credentials, null and empty parts. Takes a template
 * with or without its credentials.
 */
export function showTemplate(template: Template, show: ShowOptions): JsonObject {
  return {
    name: template.name,
    ...filled('description', template.description),
    ...filled('use_case', template.useCase),
    ...filled('version', showVersion(template.version)),
    ...filled('workflows', showWorkflows(template.workflows)),
    ...filled('ui_metadata', show.uiMetadata ? template.uiMetadata : undefined),
    ...filled('user', show.user ? template.user : undefined),
    ...filled('created_time', template.createdTime),
    ...filled('last_updated_time', template.lastUpdatedTime),
    ...filled('last_provisioned_time', template.lastProvisionedTime),
    ...filled('tenant_id', show.tenant ? template.tenantId : undefined),
    ...filled('all_shared_principals', [...(template.allSharedPrincipals ?? [])]),
  };
}

/** A member, unless its value is absent or empty. */
function filled(name: string, value: Json | undefined): JsonObject {
  const empty =
    value === undefined || value === '' || (typeof value === 'object' && value !== null && isEmpty(Object.keys(value)));
  return empty ? {} : { [name]: value };
}

const isEmpty = (list: readonly unknown[]): boolean => list.length === 0;

function showVersion(version: TemplateVersion | undefined): JsonObject {
  return { ...filled('template', version?.template), ...filled('compatibility', [...(version?.compatibility ?? [])]) };
}

function showWorkflows(workflows: Template['workflows']): JsonObject {
  return Object.fromEntries(Object.entries(workflows).map(([name, workflow]) => [name, showWorkflow(workflow)]));
}

function showWorkflow({ userParams, nodes, edges }: TemplateWorkflow): JsonObject {
  return {
    user_params: { ...userParams },
    nodes: nodes.map(showNode),
    edges: edges.map(({ source, dest }) => ({ source, dest })),
  };
}

function showNode({ id, type, previousNodeInputs, userInputs }: TemplateNode): JsonObject {
  return {
    id,
    type,
    previous_node_inputs: { ...previousNodeInputs },
    user_inputs: shownInputs(withoutCredentials(userInputs)),
  };
}
