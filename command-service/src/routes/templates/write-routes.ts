import { randomBytes } from 'node:crypto';
import {
  checkMayWrite,
  readTemplateFields,
  readWriteQuery,
  takeCredentials,
  templateSecretIds,
  type Command,
  type CommandMeta,
  type Problem,
  type Template,
  type WriteRequest,
} from '@flowplane/contracts';
import { checkedValue, param, TemplateRefusal, type Answer, type TemplateCall } from '@flowplane/runtime/api';
import {
  accessVerdict,
  asProblem,
  needsPlugins,
  suppliedFields,
  templateIn,
  validated,
  withoutServerParts,
} from './checks.js';
import { keepSecrets, secretIds } from '../../secrets/kept-secrets.js';
import { provision, reprovision } from './provision-routes.js';
import { sentBody, sentParameters } from './request-body.js';
import { submitTemplate, templateMeta, type TemplateOutcome } from './submit-template.js';
import { newestTemplate, type TemplateContext } from './template-context.js';

/** POST on the base: the order of provisioning 2, of which the frame has made the first two checks. */
export async function createTemplate(context: TemplateContext, call: TemplateCall): Promise<Answer> {
  const request = checkedValue(readWriteQuery(call.pairs, undefined));
  const template = checkedValue(templateIn(sentBody(call), request.useCase));
  checkedValue(checkMayWrite(call.user, call.settings));
  const fault = await faultOf(context, call, template, request);
  if (fault !== null) throw new TemplateRefusal(fault);
  // Refused as a whole, before anything is stored: the body of the request is the template's.
  const parameters = request.provision ? sentParameters({ ...call, body: Buffer.alloc(0) }, request.parameters) : {};
  const templateId = newTemplateId();
  const meta = await templateMeta(context, call);
  const { owner, next } = secretIds(meta.commandId, 1);
  const taken = takeCredentials(withoutServerParts(template), next);
  const { maxWorkflows: maxTemplates } = call.settings;
  const created = await submitTemplate(context, call, templateId, {
    command: async () => {
      await keepSecrets(context.secretStore, call.tenantId, owner, taken.secrets);
      const user = call.user === undefined ? null : call.user;
      return {
        type: 'CreateTemplate',
        meta,
        data: { templateId, ...contentOf(taken.template), user, maxTemplates, verdict: null },
      };
    },
  });
  if (created.kind === 'answered' || !request.provision) return writtenAnswer(created, templateId);
  const workflowId = idIn(created, templateId);
  return provision(
    context,
    call,
    { templateId: workflowId, action: 'provision', parameters, part: 'provision' },
    request.waitMs,
  );
}

/** PUT: one of a whole template, some of its fields, or a changed one that is provisioned again. */
export async function updateTemplate(context: TemplateContext, call: TemplateCall): Promise<Answer> {
  const templateId = param(call, 'templateId');
  const request = checkedValue(readWriteQuery(call.pairs, templateId));
  const body = sentBody(call);
  if (request.updateFields && !request.reprovision) {
    const fields = suppliedFields(checkedValue(readTemplateFields(body?.ok === true ? body.value : undefined)));
    const outcome = await submitUpdate(context, call, templateId, (meta, verdict) => ({
      ...{ type: 'UpdateTemplate', meta },
      data: { templateId, template: JSON.stringify(fields), secretIds: [], scope: 'fields', verdict },
    }));
    return writtenAnswer(outcome, templateId);
  }
  const template = checkedValue(templateIn(body, request.useCase));
  if (request.reprovision) return reprovision(context, call, templateId, template, request.waitMs);
  const parameters = request.provision ? sentParameters({ ...call, body: Buffer.alloc(0) }, request.parameters) : {};
  const fault = await faultOf(context, call, template, request, templateId);
  const outcome = await submitUpdate(context, call, templateId, async (meta, denied) => {
    const verdict = denied ?? (fault === null ? null : asProblem(fault));
    const { owner, next } = secretIds(meta.commandId, 1);
    const taken = takeCredentials(withoutServerParts(template), next);
    if (verdict === null) await keepSecrets(context.secretStore, call.tenantId, owner, taken.secrets);
    const content = verdict === null ? contentOf(taken.template) : { template: '{}', secretIds: [] };
    return { type: 'UpdateTemplate', meta, data: { templateId, ...content, scope: 'whole', verdict } };
  });
  if (outcome.kind === 'answered' || !request.provision) return writtenAnswer(outcome, templateId);
  return provision(context, call, { templateId, action: 'provision', parameters, part: 'provision' }, request.waitMs);
}

async function submitUpdate(
  context: TemplateContext,
  call: TemplateCall,
  templateId: string,
  command: (meta: CommandMeta, verdict: Problem | null) => Command | Promise<Command>,
): Promise<TemplateOutcome> {
  const found = await newestTemplate(context, call, templateId);
  const denied = accessVerdict(call, found, { action: 'update', workflowId: templateId });
  const mayWrite = checkMayWrite(call.user, call.settings);
  const verdict = mayWrite.ok ? denied : asProblem(mayWrite.error);
  const meta = await templateMeta(context, call);
  return submitTemplate(context, call, templateId, { command: async () => command(meta, verdict) });
}

/** The eleventh check of provisioning 2. */
async function faultOf(
  { cluster }: TemplateContext,
  call: TemplateCall,
  template: Template,
  { validate }: WriteRequest,
  workflowId?: string,
) {
  if (!validate) return null;
  const plugins = needsPlugins(template) ? await cluster.installedPlugins(call.signal) : 'unknown';
  return validated(template, call.settings, plugins, workflowId) ?? null;
}

const contentOf = (template: Template) => ({
  template: JSON.stringify(template),
  secretIds: templateSecretIds(template),
});

/** Twenty characters, as the original's ids, of which the first is none that a program could take for an option. */
const newTemplateId = (): string => randomBytes(15).toString('base64url').replace(/^[-_]/, 'x');

function idIn({ original }: TemplateOutcome & { readonly kind: 'accepted' }, templateId: string): string {
  const first = original?.['workflow_id'];
  return typeof first === 'string' ? first : templateId;
}

function writtenAnswer(outcome: TemplateOutcome, templateId: string): Answer {
  if (outcome.kind === 'answered') return outcome.answer;
  return { status: 201, body: { workflow_id: idIn(outcome, templateId) }, headers: outcome.headers };
}
