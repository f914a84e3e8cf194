import {
  planDeprovision,
  provisionWorkflow,
  readPlainQuery,
  shownDeprovisionPlan,
  shownRunPlan,
  type Problem,
  type Template,
} from '@flowplane/contracts';
import { Refusal } from '@flowplane/plumbing/http';
import {
  checkedValue,
  param,
  sentBody,
  sentParameters,
  TemplateRefusal,
  type Answer,
  type TemplateCall,
} from '@flowplane/runtime/api';
import { awaitMinPosition } from '@flowplane/runtime/read-model';
import { refusedInState } from '../../domain/templates/provision.js';
import { noTemplate } from '../../domain/templates/refusals.js';
import { mayAccess, templateIn } from './checks.js';
import { madePlan, type RunRequest } from './planned-run.js';
import { allowDeleteIn } from './removal-routes.js';
import { newestTemplate, type StoredTemplate, type TemplateContext } from './template-context.js';

type Action = 'provision' | 'reprovision' | 'deprovision';
const ACTIONS: ReadonlySet<string> = new Set(['provision', 'reprovision', 'deprovision']);

/** POST /{id}/_plan: what an action would do, or be refused with. Nothing is done. */
export async function planTemplate(
  context: TemplateContext & Parameters<typeof awaitMinPosition>[0],
  call: TemplateCall,
): Promise<Answer> {
  const templateId = param(call, 'templateId');
  const query = checkedValue(readPlainQuery(call.pairs, call.path, ['action', 'allow_delete']));
  const action = actionIn(query.get('action'));
  const request = requestOf(call, templateId, action);
  await awaitMinPosition(context, call);
  const found = await newestTemplate(context, call, templateId);
  checkedValue(mayAccess(call, found, { action: action === 'deprovision' ? action : 'plan', workflowId: templateId }));
  if (found.kind !== 'own') throw new Refusal(noTemplate(templateId));
  if (request === undefined) {
    return {
      status: 200,
      body: { steps: shownDeprovisionPlan(planDeprovision(found.resources, allowDeleteIn(query))) },
    };
  }
  const { template } = found;
  if (template === undefined) throw new Refusal(noTemplate(templateId));
  return { status: 200, body: { steps: await stepsOf(context, call, { ...found, template }, request) } };
}

async function stepsOf(
  context: TemplateContext,
  call: TemplateCall,
  found: StoredTemplate & { readonly template: Template },
  request: RunRequest,
) {
  const refused: Problem | null = refusedInState(request.templateId, stateOf(found), request.action);
  // A reprovisioning looks at the state first, a provisioning last (provisioning 8.1, 13).
  if (refused !== null && request.action === 'reprovision') throw new Refusal(refused);
  let ids = 0;
  const plan = checkedValue(await madePlan(context, call, found, request, () => `plan-${++ids}`));
  if (refused !== null) throw new Refusal(refused);
  const nodes = provisionWorkflow(plan.template ?? found.template)?.nodes ?? [];
  return shownRunPlan(nodes, plan.plan, found.resources);
}

const stateOf = ({ progress, resources, deprovisioning }: StoredTemplate) => ({
  ...{ progress, resources },
  isBeingDeprovisioned: deprovisioning !== null,
});

function actionIn(text: string | undefined): Action {
  if (text !== undefined && ACTIONS.has(text)) return text as Action;
  throw new TemplateRefusal({
    status: 400,
    message: `The parameter [action] must be one of [${[...ACTIONS].join(', ')}].`,
  });
}

/** The body is that of the action; a deprovisioning has none. */
function requestOf(call: TemplateCall, templateId: string, action: Action): RunRequest | undefined {
  switch (action) {
    case 'provision':
      return { templateId, action, parameters: sentParameters(call, []) };
    case 'reprovision':
      return { templateId, action, template: checkedValue(templateIn(sentBody(call), undefined)) };
    case 'deprovision':
      return undefined;
  }
}
