import type { RewrapWebhookSecrets, RotateWebhookSecret } from '@flowplane/contracts';
import { accepted, refused, refusedAs, type Decision, type DecisionContext } from './decision.js';
import { flowOf, type TenantState } from './tenant-state.js';

/** 404 `FLOW_NOT_FOUND` (no such webhook trigger) → the verdict (flows-api 10.2). */
export function rotateWebhookSecret(
  state: TenantState,
  { meta, data }: RotateWebhookSecret,
  { now }: DecisionContext,
): Decision {
  const { flowId, triggerId, secret, graceMs, verdict } = data;
  const head = flowOf(state, meta, flowId)?.triggers.get(triggerId);
  if (head?.kind !== 'webhook') {
    return refusedAs('FLOW_NOT_FOUND', { flowId }, { message: 'There is no such webhook trigger.' });
  }
  if (verdict !== null) return refused(verdict, { flowId });
  const previousValidUntil = graceMs > 0 && head.secretId !== null ? now + graceMs : null;
  return accepted({ type: 'WebhookSecretRotated', data: { flowId, triggerId, secret, previousValidUntil } });
}

/** Takes over what is still in force; a secret that was rotated meanwhile is left as it is. */
export function rewrapWebhookSecrets(state: TenantState, { meta, data }: RewrapWebhookSecrets): Decision {
  const secrets = data.secrets.filter(({ flowId, triggerId, secret }) => {
    const head = flowOf(state, meta, flowId)?.triggers.get(triggerId);
    return head !== undefined && [head.secretId, head.previousSecretId].includes(secret.secretId);
  });
  return accepted({ type: 'WebhookSecretsRewrapped', data: { secrets } });
}
