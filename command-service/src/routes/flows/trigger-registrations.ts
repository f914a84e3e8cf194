import { registration, scheduleIdOf, type TriggerRegistration } from '@flowplane/contracts';
import type { FlowDefinition, Trigger } from '@flowplane/contracts/flow';
import type { Call } from '@flowplane/runtime/api';
import type { Draft } from '../../reads/command-reads.js';
import { platformEventRegistration, type ReadTopicEnds } from './platform-event-registration.js';
import { webhookRegistration } from './webhook-registration.js';
import type { WebhookSecrets } from '../webhooks/webhook-secrets.js';

/** What registering triggers takes besides the draft: what the flow has registered already, and what can be made. */
export type RegistrationPorts = {
  /** Webhook triggers of the flow's latest version that have a secret, as far as the read models have come. */
  readonly webhooksOf: (call: Call, flowId: string) => Promise<ReadonlySet<string>>;
  readonly secrets: WebhookSecrets;
  readonly topicEnds: ReadTopicEnds;
};

/**
 * What a version wants to be triggered by; ids as in flows-api 5 and 10. Everything that a registration needs outside
 * the log is made here, before the append.
 *
 * @param draft read before this is called: what is registered is then at least as new
 */
export async function registrationsOf(
  ports: RegistrationPorts,
  call: Call,
  flowId: string,
  draft: Draft,
): Promise<readonly TriggerRegistration[]> {
  const { triggers = [] } = JSON.parse(draft.definition ?? '{}') as Partial<FlowDefinition>;
  if (triggers.length === 0) return [];
  const hasWebhook = triggers.some(({ kind }) => kind === 'webhook');
  const registered = hasWebhook ? await ports.webhooksOf(call, flowId) : new Set<string>();
  const registrationOf = async (trigger: Trigger): Promise<TriggerRegistration> => {
    switch (trigger.kind) {
      case 'cron':
        return cronRegistration(call, flowId, trigger);
      case 'webhook':
        return webhookRegistration(flowId, trigger, registered, ports.secrets);
      case 'platform-event':
        return platformEventRegistration(ports.topicEnds, call, flowId, trigger);
    }
  };
  return Promise.all(triggers.map(registrationOf));
}

function cronRegistration({ tenantId, workspaceId }: Call, flowId: string, trigger: Trigger): TriggerRegistration {
  const { options } = trigger;
  return registration(scheduleIdOf(tenantId, workspaceId, flowId), {
    kind: 'cron',
    schedule: trigger.schedule ?? '',
    ...(options === undefined ? {} : { options }),
  });
}
