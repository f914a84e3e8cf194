import {
  hideCredentials,
  provisionWorkflow,
  readPlainQuery,
  type Json,
  type JsonObject,
  type Template,
  type TemplateResource,
} from '@flowplane/contracts';
import { checkedValue, type Answer, type TemplateCall } from '@flowplane/runtime/api';
import type { ClusterLookups } from '@flowplane/runtime/provisioning';
import { storedTemplate } from '@flowplane/runtime/read-model';
import { rowFor, type TemplatesScope } from './template-access.js';

export type TemplateDriftScope = TemplatesScope & { readonly cluster: Pick<ClusterLookups, 'drift'> };

/** What a comparison looks at, of all that a template says of a node. */
const COMPARED = ['configurations', 'name', 'description', 'version', 'protocol', 'type', 'connector_id'];

/** GET …/{id}/_drift: how each resource that a template has made stands on the cluster now (provisioning 9.1). */
export async function templateDrift(scope: TemplateDriftScope, call: TemplateCall): Promise<Answer> {
  checkedValue(readPlainQuery(call.pairs, call.path, []));
  const { tenantId, signal } = call;
  const row = await rowFor(scope, call, 'drift', (workflowId) => storedTemplate(scope.pool, tenantId, workflowId));
  const resources = JSON.parse(row.resources) as readonly TemplateResource[];
  const template = row.document === null ? undefined : (JSON.parse(row.document) as Template);
  const asked = resources.map((resource) => ({ resource, inputs: comparedInputs(template, resource) }));
  const states = resources.length === 0 ? [] : await scope.cluster.drift(tenantId, { resources: asked }, signal);
  return {
    status: 200,
    body: { resources: resources.map((resource, index) => ({ ...resource, state: states[index] ?? 'unknown' })) },
  };
}

/** Credentials are not known here: they are equal to everything, as parameters are. */
export function comparedInputs(template: Template | undefined, resource: TemplateResource): JsonObject {
  const nodes = template === undefined ? [] : (provisionWorkflow(template)?.nodes ?? []);
  const node = nodes.find(({ id }) => id === resource.workflow_step_id);
  const inputs = node === undefined ? {} : hideCredentials(node).userInputs;
  return Object.fromEntries(
    Object.entries(inputs).filter((entry): entry is [string, Json] => COMPARED.includes(entry[0])),
  );
}
