import { randomBytes } from 'node:crypto';
import {
  canWriteCommand,
  checkMayWrite,
  readTemplateFields,
  readWriteQuery,
  takeCredentials,
  templateSecretIds,
  type CommandMeta,
  type CreateTemplate,
  type Problem,
  type Template,
  type TextMap,
  type WriteRequest,
} from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';
import {
  checkedValue,
  param,
  sentBody,
  sentParameters,
  templateRefusalBody,
  type Answer,
  type TemplateCall,
} from '@flowplane/runtime/api';
import type { InstalledPlugins } from '@flowplane/runtime/provisioning';
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
import { submitTemplate, type TemplateOutcome } from './submit-template.js';
import { newestTemplate, type TemplateContext } from './template-context.js';

/** POST on the base: the order of provisioning 2, of which the frame has made the first two checks. */
export async function createTemplate(context: TemplateContext, call: TemplateCall): Promise<Answer> {
  const request = checkedValue(readWriteQuery(call.pairs, undefined));
  const template = checkedValue(templateIn(sentBody(call), request.useCase));
  const parameters = provisionParameters(call, request);
  const templateId = newTemplateId();
  const { maxWorkflows: maxTemplates } = call.settings;
  const created = await submitTemplate(context, call, templateId, {
    command: async (meta) => {
      const { content, verdict } = await checkedContent(context, call, meta, () => Promise.resolve(null), {
        ...{ templateId, workflowId: undefined, template, parameters, validate: request.validate },
      });
      const user = call.user === undefined ? null : call.user;
      return { type: 'CreateTemplate', meta, data: { templateId, ...content, user, maxTemplates, verdict } };
    },
  });
  return writtenAnswer(context, call, created, { templateId, parameters, waitMs: request.waitMs });
}

/** PUT: one of a whole template, some of its fields, or a changed one that is provisioned again. */
export async function updateTemplate(context: TemplateContext, call: TemplateCall): Promise<Answer> {
  const templateId = param(call, 'templateId');
  const request = checkedValue(readWriteQuery(call.pairs, templateId));
  const body = sentBody(call);
  const denied = async (): Promise<Problem | null> => {
    const found = await newestTemplate(context, call, templateId);
    return accessVerdict(call, found, { action: 'update', workflowId: templateId });
  };
  if (request.updateFields && !request.reprovision) {
    const fields = suppliedFields(checkedValue(readTemplateFields(body?.ok === true ? body.value : undefined)));
    const content = { template: JSON.stringify(fields), secretIds: [], provision: null };
    const outcome = await submitTemplate(context, call, templateId, {
      command: async (meta) => {
        const verdict = mayNotWrite(call) ?? (await denied());
        return { type: 'UpdateTemplate', meta, data: { templateId, ...content, scope: 'fields', verdict } };
      },
    });
    return writtenAnswer(context, call, outcome, { templateId, parameters: undefined, waitMs: undefined });
  }
  const template = checkedValue(templateIn(body, request.useCase));
  if (request.reprovision) return reprovision(context, call, templateId, template, request.waitMs);
  const parameters = provisionParameters(call, request);
  const outcome = await submitTemplate(context, call, templateId, {
    command: async (meta) => {
      const { content, verdict } = await checkedContent(context, call, meta, denied, {
        ...{ templateId, workflowId: templateId, template, parameters, validate: request.validate },
      });
      return { type: 'UpdateTemplate', meta, data: { templateId, ...content, scope: 'whole', verdict } };
    },
  });
  return writtenAnswer(context, call, outcome, { templateId, parameters, waitMs: request.waitMs });
}

/** Of the provisioning that a create or an update asks for as well: the body is the template's. undefined: of none. */
const provisionParameters = (call: TemplateCall, { provision, parameters }: WriteRequest): TextMap | undefined =>
  provision ? sentParameters({ ...call, body: Buffer.alloc(0) }, parameters) : undefined;

type Content = Pick<CreateTemplate['data'], 'template' | 'secretIds' | 'provision'>;
const NO_CONTENT: Content = { template: '{}', secretIds: [], provision: null };

type Written = {
  readonly templateId: string;
  /** Absent while the template is created. */
  readonly workflowId: string | undefined;
  readonly template: Template;
  readonly parameters: TextMap | undefined;
  readonly validate: boolean;
};

/**
 * What a command stores, or why not. A refusal goes with the command: a repeat under its Idempotency-Key gets the answer of
 * the first request, whatever would be said now.
 *
 * @throws Refusal 503 UPGRADE_UNDER_WAY where the release to write for does not have a provisioning with the template
 */
async function checkedContent(
  context: TemplateContext,
  call: TemplateCall,
  meta: CommandMeta,
  denied: () => Promise<Problem | null>,
  written: Written,
): Promise<{ readonly content: Content; readonly verdict: Problem | null }> {
  if (written.parameters !== undefined) checkWritable(meta);
  const plugins = askedOnce(context, call);
  const verdict = mayNotWrite(call) ?? (await denied()) ?? (await faultOf(plugins, call, written));
  if (verdict !== null) return { content: NO_CONTENT, verdict };
  const cluster = { installedPlugins: plugins };
  return { content: await keptContent({ ...context, cluster }, call, meta, written), verdict };
}

/** The plugins of the cluster, looked up at the first time: nobody waits twice for a cluster that does not answer. */
function askedOnce({ cluster }: TemplateContext, { signal }: TemplateCall): () => Promise<InstalledPlugins> {
  let asked: Promise<InstalledPlugins> | undefined;
  return () => (asked ??= cluster.installedPlugins(signal));
}

/** Before any work is done for it. */
function checkWritable(meta: CommandMeta): void {
  const provision = { executionId: '', plan: '{}', taskPollMs: 0, secretIds: [], maxActive: null, verdict: null };
  const data = { ...NO_CONTENT, provision, templateId: '', user: null, maxTemplates: 0, verdict: null };
  if (!canWriteCommand({ type: 'CreateTemplate', meta, data })) throw refusal('UPGRADE_UNDER_WAY');
}

/**
 * What a command stores of a template, and the provisioning of it where that is asked for: one command, so that neither
 * is there without the other (ADR 68). Its secrets are kept before.
 */
async function keptContent(
  context: TemplateContext,
  call: TemplateCall,
  meta: CommandMeta,
  given: Pick<Written, 'templateId' | 'template' | 'parameters'>,
): Promise<Content> {
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

function mayNotWrite({ user, settings }: TemplateCall): Problem | null {
  const mayWrite = checkMayWrite(user, settings);
  return mayWrite.ok ? null : asProblem(mayWrite.error);
}

/** The eleventh check of provisioning 2. */
async function faultOf(
  installedPlugins: () => Promise<InstalledPlugins>,
  call: TemplateCall,
  { template, validate, workflowId }: Written,
): Promise<Problem | null> {
  if (!validate) return null;
  const plugins = needsPlugins(template) ? await installedPlugins() : 'unknown';
  const fault = validated(template, call.settings, plugins, workflowId);
  return fault === undefined ? null : asProblem(fault);
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
