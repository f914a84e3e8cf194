import { asTenantQuotas, InvalidQuotas, OPERATOR_BASE, parseQuotas, type TenantQuota } from '@flowplane/contracts';
import { jsonObject, param, type Answer, type Call } from '@flowplane/runtime/api';
import { refusal } from '@flowplane/plumbing/http';
import { commandMeta } from '../../submit/command-meta.js';
import type { ShellContext } from '../shell-context.js';
import { submit } from '../../submit/submit.js';

/**
 * PUT /v1/internal/flows/tenants/{tenantId}/quotas: a command of the tenant in the path, with the operator as actor.
 * It belongs to no workspace, hence the empty one; its outcome is asked for below the tenant.
 */
export async function setTenantQuotas(context: ShellContext, call: Call): Promise<Answer> {
  const tenantId = param(call, 'tenantId');
  const quotas = quotasIn(call);
  const ofTenant = { ...call, tenantId, workspaceId: '' };
  const meta = commandMeta(ofTenant);
  return submit(
    { ...context, rates: UNCOUNTED },
    {
      call: ofTenant,
      command: () => Promise.resolve({ type: 'SetTenantQuotas', meta, data: { quotas } }),
      location: (commandId) => `${OPERATOR_BASE}/tenants/${tenantId}/commands/${commandId}`,
    },
  );
}

/** A tenant that is at its rate must not keep an operator from raising it. */
export const UNCOUNTED = { admit: () => undefined, charge: () => undefined };

function quotasIn(call: Call): readonly TenantQuota[] {
  if (call.body.length === 0) {
    throw refusal('INVALID_JSON', { message: 'The body must be an object of quotas; {} sets all back as configured.' });
  }
  try {
    return asTenantQuotas(parseQuotas(jsonObject(call)));
  } catch (cause) {
    if (!(cause instanceof InvalidQuotas)) throw cause;
    throw refusal('INVALID_JSON', { message: `The quotas cannot be used: ${cause.message}.` });
  }
}
