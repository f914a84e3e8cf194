import { MAX_LLM_MODEL_LENGTH, MAX_LLM_MODELS, OPERATOR_BASE } from '@flowplane/contracts';
import { refusal } from '@flowplane/plumbing/http';
import { jsonObject, type Answer, type Call } from '@flowplane/runtime/api';
import { stored } from '@flowplane/runtime/read-model';
import { commandMeta } from '../../submit/command-meta.js';
import { submit } from '../../submit/submit.js';
import type { ShellContext } from '../shell-context.js';
import { UNCOUNTED } from './tenant-quotas.js';

/**
 * PUT /v1/internal/flows/workspaces/{workspaceId}/llm-models: a command of the tenant that owns the workspace, with the
 * operator as actor; its outcome is asked for below the tenant.
 */
export async function setLlmModels(context: ShellContext, call: Call): Promise<Answer> {
  const { workspaceId } = call;
  const models = modelsIn(call);
  const tenantId = await stored(context.owners.ownerOf(workspaceId));
  if (tenantId === undefined) throw refusal('WORKSPACE_NOT_FOUND');
  const ofTenant = { ...call, tenantId, workspaceId: '' };
  const meta = commandMeta(ofTenant);
  return submit(
    { ...context, rates: UNCOUNTED },
    {
      call: ofTenant,
      command: () => Promise.resolve({ type: 'SetLlmModels', meta, data: { workspaceId, models } }),
      location: (commandId) => `${OPERATOR_BASE}/tenants/${tenantId}/commands/${commandId}`,
    },
  );
}

/** @throws Refusal 400 INVALID_JSON */
function modelsIn(call: Call): readonly string[] | null {
  const { models } = jsonObject(call);
  if (models === null) return null;
  const isName = (name: unknown): name is string =>
    typeof name === 'string' && name !== '' && name.length <= MAX_LLM_MODEL_LENGTH;
  if (Array.isArray(models) && models.length <= MAX_LLM_MODELS && models.every(isName)) return [...new Set(models)];
  const message = `models must be null for no restriction, or a list of at most ${MAX_LLM_MODELS} names of 1 to ${MAX_LLM_MODEL_LENGTH} characters.`;
  throw refusal('INVALID_JSON', { message });
}
