import { readBooleanParameter, readPlainQuery, stepsAnswer, type Template } from '@flowplane/contracts';
import { checkedValue, type Answer, type TemplateCall } from '@flowplane/runtime/api';
import { awaitMinPosition } from '@flowplane/runtime/read-model';
import type { UnsureResource } from '../domain/template-row.js';
import { rowFor, type TemplatesScope } from './template-access.js';
import { shownState, shownTemplate, templateColumns, templateRows, type StateRow } from './template-rows.js';

const ONE = {
  name: 'template',
  text: `SELECT ${templateColumns}, document, unsure FROM templates WHERE template_id = $1`,
};
type Row = StateRow & { readonly document: string | null; readonly unsure: string };

/** GET …/{id}: the template, without credentials (provisioning 14.1, 17). */
export async function getTemplate(scope: TemplatesScope, call: TemplateCall): Promise<Answer> {
  checkedValue(readPlainQuery(call.pairs, call.path, []));
  const row = await rowOf(scope, call, 'get');
  const document = JSON.parse(row.document ?? '{}') as Template;
  return { status: 200, body: shownTemplate(row, document, { ...shownTo(call), uiMetadata: true }) };
}

/** GET …/{id}/_status (provisioning 9). */
export async function templateStatus(scope: TemplatesScope, call: TemplateCall): Promise<Answer> {
  const query = checkedValue(readPlainQuery(call.pairs, call.path, ['all']));
  const all = checkedValue(readBooleanParameter(query.get('all')));
  const row = await rowOf(scope, call, 'status');
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

const rowOf = (scope: TemplatesScope, call: TemplateCall, action: 'get' | 'status'): Promise<Row> =>
  rowFor(scope, call, action, async (workflowId) => {
    const [row] = await templateRows<Row>(scope.pool, call.tenantId, { ...ONE, values: [workflowId] });
    return row;
  });
