import { registration, webhookTriggerId, type TriggerRegistration } from '@flowplane/contracts';
import { webhookPath, type Trigger } from '@flowplane/contracts/flow';
import { expressionsOf } from './trigger-expressions.js';

/**
 * A webhook trigger of a version.
 *
 * @param registered triggers that have a secret
 */
export function webhookRegistration(
  flowId: string,
  trigger: Trigger,
  registered: ReadonlySet<string>,
): TriggerRegistration {
  const path = webhookPath(trigger);
  const triggerId = webhookTriggerId(flowId, path);
  return registration(triggerId, {
    kind: 'webhook',
    path,
    ...expressionsOf(trigger),
    secret: null,
    // No secrets are made yet.
    failed: !registered.has(triggerId),
  });
}
