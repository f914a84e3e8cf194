import type { RewrapWebhookSecrets, RotateWebhookSecret } from '@flowplane/contracts';
import { accepted, refused, refusedAs, type Decision, type DecisionContext } from '../decision.js';
import { flowOf } from '../flows/state.js';
import type { TenantState } from '../tenant-state.js';

/** 404 `FLOW_NOT_FOUND` (no such webhook trigger) → the verdict (flows-api 10.2). */
export function rotateWebhookSecret(
  { flows }: TenantState,
  { meta, data }: RotateWebhookSecret,
  { now }: DecisionContext,
): Decision {
  const { flowId, triggerId, secret, graceMs, verdict } = data;
  const head = flowOf(flows, meta, flowId)?.triggers.get(triggerId);
  if (head?.kind !== 'webhook') {
    return refusedAs('FLOW_NOT_FOUND', { flowId }, { message: 'There is no such webhook trigger.' });
  }
  if (verdict !== null) return refused(verdict, { flowId });
  const previousValidUntil = graceMs > 0 && head.secretId !== null ? now + graceMs : null;
  return accepted({ type: 'WebhookSecretRotated', data: { flowId, triggerId, secret, previousValidUntil } });
}

/** Takes over the secrets that are still in force; one that was rotated in the meantime is left as it is. */
export function rewrapWebhookSecrets({ flows }: TenantState, { meta, data }: RewrapWebhookSecrets): Decision {
  const secrets = data.secrets.filter(({ flowId, triggerId, secret }) => {
    const head = flowOf(flows, meta, flowId)?.triggers.get(triggerId);
    return head !== undefined && [head.secretId, head.previousSecretId].includes(secret.secretId);
  });
  return accepted({ type: 'WebhookSecretsRewrapped', data: { secrets } });
}
