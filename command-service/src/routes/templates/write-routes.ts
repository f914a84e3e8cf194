import { randomBytes } from 'node:crypto';
import {
  checkMayWrite,
  readTemplateFields,
  readWriteQuery,
  takeCredentials,
  templateSecretIds,
  type Command,
  type CommandMeta,
  type CreateTemplate,
  type Problem,
  type Template,
  type TextMap,
  type WriteRequest,
} from '@flowplane/contracts';
import {
  checkedValue,
  param,
  sentBody,
  sentParameters,
  templateRefusalBody,
  TemplateRefusal,
  type Answer,
  type TemplateCall,
} from '@flowplane/runtime/api';
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
import { runOfStored } from './planned-run.js';
import { provision, reprovision, runAnswer, runIds } from './provision-routes.js';
import { submitTemplate, templateMeta, type TemplateOutcome } from './submit-template.js';
import { newestTemplate, type TemplateContext } from './template-context.js';

/** POST on the base: the order of provisioning 2, of which the frame has made the first two checks. */
export async function createTemplate(context: TemplateContext, call: TemplateCall): Promise<Answer> {
  const request = checkedValue(readWriteQuery(call.pairs, undefined));
  const template = checkedValue(templateIn(sentBody(call), request.useCase));
  checkedValue(checkMayWrite(call.user, call.settings));
  const fault = await faultOf(context, call, template, request);
  if (fault !== null) throw new TemplateRefusal(fault);
  const parameters = provisionParameters(call, request);
  const templateId = newTemplateId();
  const meta = await templateMeta(context, call);
  const { maxWorkflows: maxTemplates } = call.settings;
  const created = await submitTemplate(context, call, templateId, {
    command: async () => {
      const content = await keptContent(context, call, meta, { templateId, template, parameters });
      const user = call.user === undefined ? null : call.user;
      return { type: 'CreateTemplate', meta, data: { templateId, ...content, user, maxTemplates, verdict: null } };
    },
  });
  return writtenAnswer(context, call, created, { templateId, parameters, waitMs: request.waitMs });
}

/** PUT: one of a whole template, some of its fields, or a changed one that is provisioned again. */
export async function updateTemplate(context: TemplateContext, call: TemplateCall): Promise<Answer> {
  const templateId = param(call, 'templateId');
  const request = checkedValue(readWriteQuery(call.pairs, templateId));
  const body = sentBody(call);
  if (request.updateFields && !request.reprovision) {
    const fields = suppliedFields(checkedValue(readTemplateFields(body?.ok === true ? body.value : undefined)));
    const content = { template: JSON.stringify(fields), secretIds: [], provision: null };
    const outcome = await submitUpdate(context, call, templateId, (meta, verdict) => ({
      ...{ type: 'UpdateTemplate', meta },
      data: { templateId, ...content, scope: 'fields', verdict },
    }));
    return writtenAnswer(context, call, outcome, { templateId, parameters: undefined, waitMs: undefined });
  }
  const template = checkedValue(templateIn(body, request.useCase));
  if (request.reprovision) return reprovision(context, call, templateId, template, request.waitMs);
  const parameters = provisionParameters(call, request);
  const fault = await faultOf(context, call, template, request, templateId);
  const outcome = await submitUpdate(context, call, templateId, async (meta, denied) => {
    const verdict = denied ?? (fault === null ? null : asProblem(fault));
    const content =
      verdict === null
        ? await keptContent(context, call, meta, { templateId, template, parameters })
        : { template: '{}', secretIds: [], provision: null };
    return { type: 'UpdateTemplate', meta, data: { templateId, ...content, scope: 'whole', verdict } };
  });
  return writtenAnswer(context, call, outcome, { templateId, parameters, waitMs: request.waitMs });
}

/** Of the provisioning that a create or an update asks for as well: the body is the template's. undefined: of none. */
const provisionParameters = (call: TemplateCall, { provision, parameters }: WriteRequest): TextMap | undefined =>
  provision ? sentParameters({ ...call, body: Buffer.alloc(0) }, parameters) : undefined;

/**
 * What a command stores of a template, and the provisioning of it where that is asked for: one command, so that neither
 * is there without the other (ADR 68). Its secrets are kept before.
 */
async function keptContent(
  context: TemplateContext,
  call: TemplateCall,
  meta: CommandMeta,
  given: { readonly templateId: string; readonly template: Template; readonly parameters: TextMap | undefined },
): Promise<Pick<CreateTemplate['data'], 'template' | 'secretIds' | 'provision'>> {
  const { templateId, parameters } = given;
  const { owner, next } = secretIds(meta.commandId, 1);
  const { template, secrets: taken } = takeCredentials(withoutServerParts(given.template), next);
  const content = { template: JSON.stringify(template), secretIds: templateSecretIds(template) };
  if (parameters === undefined) {
    await keepSecrets(context.secretStore, call.tenantId, owner, taken);
    return { ...content, provision: null };
  }
  const stored = { templateId, template, secrets: taken };
  const { secrets, ...run } = await runOfStored(context, call, stored, parameters, next);
  await keepSecrets(context.secretStore, call.tenantId, owner, [...taken, ...secrets]);
  return { ...content, provision: { ...run, ...runIds(call, templateId) } };
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

/** Twenty characters, as the original's ids, of which the first is none that a program could take for an option. */
const newTemplateId = (): string => randomBytes(15).toString('base64url').replace(/^[-_]/, 'x');

/** The answer to a create or an update. @param asked.parameters of the provisioning that came with it; undefined: none */
async function writtenAnswer(
  context: TemplateContext,
  call: TemplateCall,
  outcome: TemplateOutcome,
  asked: { readonly templateId: string; readonly parameters: TextMap | undefined; readonly waitMs: number | undefined },
): Promise<Answer> {
  if (outcome.kind === 'answered') return outcome.answer;
  const { event, original, executionId, headers } = outcome;
  const first = original?.['workflow_id'];
  const templateId = typeof first === 'string' ? first : asked.templateId;
  const { parameters, waitMs } = asked;
  if (parameters === undefined) return { status: 201, body: { workflow_id: templateId }, headers };
  const refused = 'notProvisioned' in event.data ? event.data.notProvisioned : null;
  if (refused !== null) return { status: refused.status, body: templateRefusalBody(refused), headers };
  if (executionId === undefined) {
    // A repeat under its Idempotency-Key of a request whose provisioning was refused: the template is there, and waits for it.
    return provision(context, call, { templateId, action: 'provision', parameters, part: 'provision' }, waitMs);
  }
  return runAnswer(context, call, { templateId, executionId }, waitMs, headers);
}
