import type { Event, TriggerOrigin } from '@flowplane/contracts';
import { plainText } from '@flowplane/contracts/read-model';

/** A webhook delivery that was decided (flows-api 10.6). */
export type DeliveryRow = {
  readonly eventId: string;
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly triggerId: string;
  readonly deliveryId: string;
  readonly receivedAt: number;
  readonly bytes: number;
  readonly outcome: 'accepted' | 'refused';
  readonly code: string | null;
  readonly executionId: string | null;
  readonly redelivery: number;
};

/** The delivery an event decides, if it is one of a webhook. */
export function deliveryOf(event: Event): DeliveryRow | undefined {
  if (event.type !== 'ExecutionRequested' && event.type !== 'TriggerStartRefused') return undefined;
  const { triggerType, trigger, executionId } = event.data;
  if (triggerType !== 'webhook' || trigger === null || trigger.deliveryId === null) return undefined;
  const row = decided(event, trigger, trigger.deliveryId);
  return event.type === 'ExecutionRequested'
    ? { ...row, outcome: 'accepted', code: null, executionId }
    : { ...row, outcome: 'refused', code: event.data.problem.code, executionId: null };
}

const decided = ({ meta }: Event, trigger: TriggerOrigin, deliveryId: string) => ({
  eventId: meta.eventId,
  tenantId: meta.tenantId,
  workspaceId: meta.workspaceId,
  triggerId: trigger.triggerId,
  deliveryId: plainText(deliveryId),
  receivedAt: meta.submittedAt,
  bytes: trigger.sizeBytes,
  redelivery: trigger.redelivery,
});
