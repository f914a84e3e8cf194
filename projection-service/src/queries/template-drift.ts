import {
  checkTemplateAccess,
  provisionWorkflow,
  readPlainQuery,
  type Json,
  type JsonObject,
  type Template,
  type TemplateResource,
  type TemplateUser,
} from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import { checkedValue, param, type Answer, type TemplateCall } from '@flowplane/runtime/api';
import type { ClusterLookups } from '@flowplane/runtime/provisioning';
import {
  awaitMinPosition,
  isTemplateOfAnother,
  stored,
  storedTemplate,
  type PositionWait,
} from '@flowplane/runtime/read-model';

export type TemplateDriftScope = PositionWait & {
  readonly pool: Pool;
  readonly cluster: Pick<ClusterLookups, 'drift'>;
};

/** What a comparison looks at, of all that a template says of a node. */
const COMPARED = ['configurations', 'name', 'description', 'version', 'protocol', 'type', 'connector_id'];

/** GET …/{id}/_drift: how each resource that a template has made stands on the cluster now (provisioning 9.1). */
export async function templateDrift(scope: TemplateDriftScope, call: TemplateCall): Promise<Answer> {
  checkedValue(readPlainQuery(call.pairs, call.path, []));
  await awaitMinPosition(scope, call);
  const { tenantId, user, settings, foreignStatus, signal } = call;
  const workflowId = param(call, 'templateId');
  const row = await stored(storedTemplate(scope.pool, tenantId, workflowId));
  const found =
    row === undefined
      ? await foreignOrNone(scope.pool, tenantId, workflowId)
      : { isForeign: false, hasTemplate: row.document !== null, owner: ownerIn(row.owner) };
  checkedValue(
    checkTemplateAccess({ action: 'drift', workflowId, user, stored: found }, { ...settings, foreignStatus }),
  );
  if (row === undefined) throw new TypeError('access was given to what is not there');

  const resources = JSON.parse(row.resources) as readonly TemplateResource[];
  const template = row.document === null ? undefined : (JSON.parse(row.document) as Template);
  const asked = resources.map((resource) => ({ resource, inputs: comparedInputs(template, resource) }));
  const states = resources.length === 0 ? [] : await scope.cluster.drift(tenantId, { resources: asked }, signal);
  return {
    status: 200,
    body: { resources: resources.map((resource, index) => ({ ...resource, state: states[index] ?? 'unknown' })) },
  };
}

async function foreignOrNone(pool: Pool, tenantId: string, templateId: string) {
  const isForeign = await stored(isTemplateOfAnother(pool, tenantId, templateId));
  return isForeign ? { isForeign, hasTemplate: true } : undefined;
}

const ownerIn = (text: string | null): TemplateUser | undefined =>
  text === null ? undefined : (JSON.parse(text) as TemplateUser);

function comparedInputs(template: Template | undefined, resource: TemplateResource): JsonObject {
  const nodes = template === undefined ? [] : (provisionWorkflow(template)?.nodes ?? []);
  const inputs = nodes.find(({ id }) => id === resource.workflow_step_id)?.userInputs ?? {};
  return Object.fromEntries(
    Object.entries(inputs).filter((entry): entry is [string, Json] => COMPARED.includes(entry[0])),
  );
}
