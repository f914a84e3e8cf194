import {
  platformEventTriggerId,
  registration,
  scheduleIdOf,
  webhookTriggerId,
  type TriggerRegistration,
} from '@flowplane/contracts';
import type { FlowDefinition, Trigger } from '@flowplane/contracts/flow';
import type { Draft } from './command-reads.js';

export type TriggerScope = { readonly tenantId: string; readonly workspaceId: string; readonly flowId: string };

/** What a version wants to be triggered by; ids as in flows-api 5 and 10. */
export function registrationsOf(draft: Draft, scope: TriggerScope): readonly TriggerRegistration[] {
  const { triggers = [] } = JSON.parse(draft.definition ?? '{}') as Partial<FlowDefinition>;
  return triggers.map((trigger) => registrationOf(trigger, scope));
}

function registrationOf(trigger: Trigger, { tenantId, workspaceId, flowId }: TriggerScope): TriggerRegistration {
  const { options, filter, dedupeKey } = trigger;
  const expressions = {
    ...(filter === undefined ? {} : { filter }),
    ...(dedupeKey === undefined ? {} : { dedupeKey }),
  };
  switch (trigger.kind) {
    case 'cron':
      return registration(scheduleIdOf(tenantId, workspaceId, flowId), {
        kind: 'cron',
        schedule: trigger.schedule ?? '',
        ...(options === undefined ? {} : { options }),
        failed: true,
      });
    case 'webhook': {
      const path = trigger.path ?? 'default';
      const detail = { kind: 'webhook' as const, path, ...expressions, secret: null, failed: true };
      return registration(webhookTriggerId(flowId, path), detail);
    }
    case 'platform-event': {
      const eventType = trigger.eventType ?? '';
      return registration(platformEventTriggerId(flowId, eventType), {
        kind: 'platform-event',
        ...{ eventType, topic: '', topicId: '', startOffsets: [], ...expressions, failed: true },
      });
    }
  }
}
