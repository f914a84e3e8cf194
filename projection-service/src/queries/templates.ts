import {
  checkTemplateAccess,
  readBooleanParameter,
  readPlainQuery,
  stepsAnswer,
  type Template,
  type TemplateAction,
} from '@flowplane/contracts';
import type { Pool } from '@flowplane/plumbing/postgres';
import { checkedValue, param, type Answer, type TemplateCall } from '@flowplane/runtime/api';
import { awaitMinPosition, isTemplateOfAnother, stored, type PositionWait } from '@flowplane/runtime/read-model';
import type { UnsureResource } from '../domain/template-row.js';
import { ownerOf, shownState, shownTemplate, templateColumns, templateRows, type StateRow } from './template-rows.js';

export type TemplatesScope = PositionWait & { readonly pool: Pool };

const ONE = {
  name: 'template',
  text: `SELECT ${templateColumns}, document, unsure FROM templates WHERE template_id = $1`,
};
type Row = StateRow & { readonly document: string | null; readonly unsure: string };

/** GET …/{id}: the template, without credentials (provisioning 14.1, 17). */
export async function getTemplate(scope: TemplatesScope, call: TemplateCall): Promise<Answer> {
  checkedValue(readPlainQuery(call.pairs, call.path, []));
  const row = await allowed(scope, call, 'get');
  const document = JSON.parse(row.document ?? '{}') as Template;
  return { status: 200, body: shownTemplate(row, document, { ...shownTo(call), uiMetadata: true }) };
}

/** GET …/{id}/_status (provisioning 9). */
export async function templateStatus(scope: TemplatesScope, call: TemplateCall): Promise<Answer> {
  const query = checkedValue(readPlainQuery(call.pairs, call.path, ['all']));
  const all = checkedValue(readBooleanParameter(query.get('all')));
  const row = await allowed(scope, call, 'status');
  const { workflow_id, error, state, resources_created, ...rest } = shownState(row, shownTo(call));
  const brief = {
    ...{ workflow_id, state },
    ...(error === undefined ? {} : { error }),
    ...(resources_created === undefined ? {} : { resources_created }),
  };
  const unsure = JSON.parse(row.unsure) as readonly UnsureResource[];
  const unsureResources = unsure.length === 0 ? {} : { unsure_resources: unsure };
  return { status: 200, body: all ? { ...brief, ...rest, ...unsureResources } : brief };
}

/** GET …/_steps (provisioning 5.3). */
export async function templateSteps(scope: TemplatesScope, call: TemplateCall): Promise<Answer> {
  const query = checkedValue(readPlainQuery(call.pairs, call.path, ['workflow_step']));
  const given = query.get('workflow_step');
  const names = given === undefined || given.trim() === '' ? undefined : given.split(',').map((name) => name.trim());
  const body = checkedValue(stepsAnswer(names));
  await awaitMinPosition(scope, call);
  return { status: 200, body };
}

export const shownTo = ({ isAdmin, settings, tenantId }: TemplateCall) => ({
  user: isAdmin,
  tenantId: settings.multiTenancyEnabled ? tenantId : undefined,
});

/** The row, where it is there and the caller may see it. @throws TemplateRefusal */
async function allowed(scope: TemplatesScope, call: TemplateCall, action: TemplateAction): Promise<Row> {
  await awaitMinPosition(scope, call);
  const { tenantId, user, settings, foreignStatus } = call;
  const workflowId = param(call, 'templateId');
  const [row] = workflowId.includes('\0')
    ? []
    : await stored(templateRows<Row>(scope.pool, tenantId, { ...ONE, values: [workflowId] }));
  const found =
    row === undefined
      ? (await stored(isTemplateOfAnother(scope.pool, tenantId, workflowId)))
        ? { isForeign: true, hasTemplate: true }
        : undefined
      : { isForeign: false, hasTemplate: row.document !== null, owner: ownerOf(row) };
  checkedValue(checkTemplateAccess({ action, workflowId, user, stored: found }, { ...settings, foreignStatus }));
  if (row === undefined) throw new TypeError('access was given to what is not there');
  return row;
}
