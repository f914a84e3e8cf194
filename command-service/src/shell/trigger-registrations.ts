import type { TriggerRegistration } from '@flowplane/contracts';
import type { FlowDefinition, Trigger } from '@flowplane/contracts/flow';
import type { Draft } from './command-reads.js';

export type TriggerScope = { readonly tenantId: string; readonly workspaceId: string; readonly flowId: string };

/** What a version wants to be triggered by; ids as in flows-api 5 and 10. */
export function registrationsOf(draft: Draft, scope: TriggerScope): readonly TriggerRegistration[] {
  const { triggers = [] } = JSON.parse(draft.definition ?? '{}') as Partial<FlowDefinition>;
  return triggers.map((trigger) => ({
    kind: trigger.kind,
    triggerId: triggerId(trigger, scope),
    detail: JSON.stringify(trigger),
  }));
}

function triggerId(trigger: Trigger, { tenantId, workspaceId, flowId }: TriggerScope): string {
  switch (trigger.kind) {
    case 'cron':
      return `${tenantId}:${workspaceId}:${flowId}`;
    case 'webhook':
      return `${flowId}:webhook:${trigger.path ?? 'default'}`;
    case 'platform-event':
      return `${flowId}:platform-event:${trigger.eventType ?? ''}`;
  }
}
