import { randomUUID } from 'node:crypto';
import {
  checksBackendRoles,
  deletedAnswer,
  deprovisionError,
  manualExecutionId,
  planDeprovision,
  readBooleanParameter,
  readPlainQuery,
  TEMPLATE_WORKSPACE,
  type TemplateResource,
} from '@flowplane/contracts';
import { checkedValue, param, type Answer, type TemplateCall } from '@flowplane/runtime/api';
import { awaitRun, type AwaitedRun } from './await-run.js';
import { accessVerdict } from './checks.js';
import { pendingTemplate, submitTemplate } from './submit-template.js';
import { newestTemplate, type TemplateContext } from './template-context.js';

/**
 * POST /{id}/_deprovision: answers when the run is over, or after the longest wait (provisioning 12). A run that was under
 * way before has its own list of what may be deleted: what it leaves and this request permits another run removes.
 */
export async function deprovisionTemplate(context: TemplateContext, call: TemplateCall): Promise<Answer> {
  const templateId = param(call, 'templateId');
  const allowDelete = allowDeleteIn(checkedValue(readPlainQuery(call.pairs, call.path, ['allow_delete'])));
  const endsAt = Date.now() + context.maxRunWaitMs;
  for (let round = 1; ; round++) {
    const part = round === 1 ? '' : `again ${round}`;
    const waitMs = Math.max(0, endsAt - Date.now());
    const { answer, setAside } = await deprovisionOnce(context, call, { templateId, allowDelete, part, waitMs });
    if (!setAside.some(({ resource_id }) => allowDelete.includes(resource_id))) return answer;
  }
}

type Removal = {
  readonly answer: Answer;
  /** What the run has left because it needs a permission that was not given to it. */
  readonly setAside: readonly TemplateResource[];
};

async function deprovisionOnce(
  context: TemplateContext,
  call: TemplateCall,
  request: {
    readonly templateId: string;
    readonly allowDelete: readonly string[];
    readonly part: string;
    readonly waitMs: number;
  },
): Promise<Removal> {
  const { templateId, allowDelete, waitMs } = request;
  const executionId = manualExecutionId(call.tenantId, TEMPLATE_WORKSPACE, templateId, randomUUID());
  const { multiTenancyEnabled, maxActiveDeprovisionsPerTenant, requestTimeoutMs: removalTimeoutMs } = call.settings;
  const maxActive = multiTenancyEnabled ? maxActiveDeprovisionsPerTenant : null;
  const outcome = await submitTemplate(context, call, templateId, {
    part: request.part,
    command: async (meta) => {
      const found = await newestTemplate(context, call, templateId);
      const verdict = accessVerdict(call, found, { action: 'deprovision', workflowId: templateId });
      const data = { templateId, executionId, allowDelete, removalTimeoutMs, maxActive, verdict };
      return { type: 'DeprovisionTemplate', meta, data };
    },
  });
  if (outcome.kind === 'answered') return { answer: outcome.answer, setAside: [] };
  const { original, commandId, headers } = outcome;
  const run = { templateId, executionId: outcome.executionId ?? executionId };
  const awaited = await awaitRun(context, call, run, waitMs);
  if (!awaited.isOver) {
    const pending = { commandId, token: undefined, isInLog: true, applied: null };
    const { status, body, headers: more } = pendingTemplate(call, pending, templateId);
    return { answer: { status, body, headers: { ...more, ...headers } }, setAside: [] };
  }
  // Of a repeat only what is under way now tells whether its first request joined a run.
  const isJoined = original === undefined ? run.executionId !== executionId : isBeingDeprovisioned(awaited);
  const { failed, setAside } = leftBy(awaited, isJoined ? [] : allowDelete);
  const left = deprovisionError(failed, setAside);
  const answer =
    left === undefined
      ? { status: 200, body: { workflow_id: templateId }, headers }
      : { status: left.status, body: { error: left.message }, headers };
  return { answer, setAside };
}

const isBeingDeprovisioned = ({ found }: AwaitedRun): boolean => found.kind === 'own' && found.deprovisioning !== null;

/**
 * Resources that a run has left.
 *
 * @param allowed of one that was over before it was waited for, as of a repeated request: what is left there says why
 */
function leftBy(
  { end, found }: AwaitedRun,
  allowed: readonly string[],
): {
  readonly failed: readonly TemplateResource[];
  readonly setAside: readonly TemplateResource[];
} {
  if (end?.type === 'DeprovisioningFinished') return end.data;
  if (found.kind !== 'own' || found.progress === 'NOT_STARTED') return { failed: [], setAside: [] };
  const { steps, setAside } = planDeprovision(found.resources, allowed);
  return { failed: steps.map(({ resource }) => resource), setAside };
}

export const allowDeleteIn = (query: ReadonlyMap<string, string>): readonly string[] =>
  (query.get('allow_delete') ?? '')
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');

/** DELETE /{id} (provisioning 14.1). */
export async function deleteTemplate(context: TemplateContext, call: TemplateCall): Promise<Answer> {
  const templateId = param(call, 'templateId');
  const query = checkedValue(readPlainQuery(call.pairs, call.path, ['clear_status']));
  const clearStatus = checkedValue(readBooleanParameter(query.get('clear_status')));
  const mustExist = checksBackendRoles(call.user, call.settings);
  const outcome = await submitTemplate(context, call, templateId, {
    command: async (meta) => {
      const found = await newestTemplate(context, call, templateId);
      const verdict = accessVerdict(call, found, { action: 'delete', workflowId: templateId, clearStatus });
      return { type: 'DeleteTemplate', meta, data: { templateId, clearStatus, mustExist, verdict } };
    },
  });
  if (outcome.kind === 'answered') return outcome.answer;
  const { event, original, headers } = outcome;
  const isDeleted = event.type === 'TemplateDeleted' && event.data.existed;
  const body = isDeleted ? deletedAnswer(templateId, event.data.templateRevision) : original;
  return { status: 200, body: body?.['_id'] === undefined ? deletedAnswer(templateId, undefined) : body, headers };
}
