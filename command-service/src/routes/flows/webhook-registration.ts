import { registration, webhookTriggerId, type TriggerRegistration } from '@flowplane/contracts';
import { webhookPath, type Trigger } from '@flowplane/contracts/flow';
import { expressionsOf } from './trigger-expressions.js';
import type { WebhookSecrets } from '../webhooks/webhook-secrets.js';

/**
 * A webhook trigger of a version. It has a secret made unless it has one already; without a key to encrypt it with
 * its registration fails (flows-api 10.2).
 *
 * @param registered triggers that have a secret
 */
export function webhookRegistration(
  flowId: string,
  trigger: Trigger,
  registered: ReadonlySet<string>,
  secrets: WebhookSecrets,
): TriggerRegistration {
  const path = webhookPath(trigger);
  const triggerId = webhookTriggerId(flowId, path);
  const secret = registered.has(triggerId) ? null : secrets.make();
  const failed = secrets.keyId === undefined;
  return registration(triggerId, {
    kind: 'webhook',
    path,
    ...expressionsOf(trigger),
    secret: secret ?? null,
    ...(failed ? { failed } : {}),
  });
}
