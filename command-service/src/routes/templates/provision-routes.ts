import { randomUUID } from 'node:crypto';
import {
  manualExecutionId,
  readPlainQuery,
  readProvisionQuery,
  readWaitParameter,
  TEMPLATE_WORKSPACE,
  type Template,
  type TextMap,
} from '@flowplane/contracts';
import { refusal, Refusal } from '@flowplane/plumbing/http';
import { checkedValue, param, sentBody, sentParameters, type Answer, type TemplateCall } from '@flowplane/runtime/api';
import { caughtUp } from '../../submit/caught-up.js';
import { awaitRun } from './await-run.js';
import { templateIn } from './checks.js';
import { keepSecrets, secretIds } from '../../secrets/kept-secrets.js';
import { plannedRun, type RunRequest } from './planned-run.js';
import { submitTemplate } from './submit-template.js';
import { newestTemplate, type TemplateContext } from './template-context.js';

/** POST /{id}/_provision */
export function provisionTemplate(context: TemplateContext, call: TemplateCall): Promise<Answer> {
  return withParameters(context, call, 'provision');
}

/** POST /{id}/_resume: goes on with a run that failed. */
export function resumeTemplate(context: TemplateContext, call: TemplateCall): Promise<Answer> {
  return withParameters(context, call, 'resume');
}

async function withParameters(context: TemplateContext, call: TemplateCall, action: 'provision' | 'resume') {
  const { waitMs, parameters: query } = checkedValue(readProvisionQuery(call.pairs));
  const parameters: TextMap = sentParameters(call, query);
  return provision(context, call, { templateId: param(call, 'templateId'), action, parameters }, waitMs);
}

/** POST /{id}/_reprovision */
export async function reprovisionTemplate(context: TemplateContext, call: TemplateCall): Promise<Answer> {
  const query = checkedValue(readPlainQuery(call.pairs, call.path, ['wait_for_completion_timeout']));
  const waitMs = checkedValue(readWaitParameter(query.get('wait_for_completion_timeout')));
  const template = checkedValue(templateIn(sentBody(call), undefined));
  return reprovision(context, call, param(call, 'templateId'), template, waitMs);
}

/** Of both forms of a reprovisioning. */
export const reprovision = (
  context: TemplateContext,
  call: TemplateCall,
  templateId: string,
  template: Template,
  waitMs: number | undefined,
): Promise<Answer> => provision(context, call, { templateId, action: 'reprovision', template }, waitMs);

/**
 * Begins a run, and answers at once or, with a wait, when it is over (provisioning 8). The plan is made from the newest
 * template; where that has changed meanwhile, another one is made.
 *
 * @param run.part of the request, where another command was sent with it
 */
export async function provision(
  context: TemplateContext,
  call: TemplateCall,
  run: RunRequest & { readonly part?: string },
  waitMs: number | undefined,
): Promise<Answer> {
  const { templateId, action, part } = run;
  const ids = runIds(call, templateId);
  const outcome = await submitTemplate(context, call, templateId, {
    ...(part === undefined ? {} : { part }),
    mayBeStale: true,
    command: async (meta, staleAt) => {
      await caughtUp(context, call, staleAt);
      const found = await newestTemplate(context, call, templateId);
      const { owner, next } = secretIds(meta.commandId, meta.attempt);
      const { secrets, ...planned } = await plannedRun(context, call, found, run, next);
      if (planned.verdict === null) await keepSecrets(context.secretStore, call.tenantId, owner, secrets);
      return { type: 'ProvisionTemplate', meta, data: { templateId, action, ...planned, ...ids } };
    },
  });
  if (outcome.kind === 'answered') return outcome.answer;
  const { executionId, headers } = outcome;
  return runAnswer(context, call, { templateId, executionId }, waitMs, headers);
}

/** What a command about a run says of it whatever its plan is. */
export function runIds({ tenantId, settings }: TemplateCall, templateId: string) {
  const { multiTenancyEnabled, maxActiveProvisionsPerTenant, taskRequestRetryDurationMs: taskPollMs } = settings;
  const executionId = manualExecutionId(tenantId, TEMPLATE_WORKSPACE, templateId, randomUUID());
  return { executionId, taskPollMs, maxActive: multiTenancyEnabled ? maxActiveProvisionsPerTenant : null };
}

/** The answer about a run that was begun: at once, or with a wait when it is over. */
export async function runAnswer(
  context: TemplateContext,
  call: TemplateCall,
  { templateId, executionId }: { readonly templateId: string; readonly executionId: string | undefined },
  waitMs: number | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const accepted = { status: 202, body: { workflow_id: templateId }, headers };
  if (waitMs === undefined || executionId === undefined) return accepted;
  return { ...(await endOf(context, call, { templateId, executionId }, waitMs)), headers };
}

/** The answer after a wait (provisioning 8.4). */
async function endOf(
  context: TemplateContext,
  call: TemplateCall,
  run: { readonly templateId: string; readonly executionId: string },
  waitMs: number,
): Promise<Pick<Answer, 'status' | 'body'>> {
  const workflow = { workflow_id: run.templateId };
  try {
    const { end, found } = await awaitRun(context, call, run, waitMs);
    if (found.kind !== 'own') throw refusal('STORE_UNAVAILABLE');
    const state =
      end?.type === 'ProvisioningFinished' ? { ...end.data, state: end.data.status } : { ...found, state: found.state };
    if (state.state === 'FAILED' && found.provisioning !== run.executionId) {
      return { status: state.errorStatus ?? 500, body: { error: state.error ?? 'Failed to provision workflow.' } };
    }
    const { resources } = found;
    const shown = resources.length === 0 ? {} : { resources_created: resources };
    return { status: 202, body: { ...workflow, state: state.state, ...shown } };
  } catch (cause) {
    if (!(cause instanceof Refusal) || cause.problem.status !== 503) throw cause;
    const error = 'Workflow timed out, failed to fetch current state';
    return { status: 202, body: { ...workflow, state: 'UNKNOWN', error } };
  }
}
