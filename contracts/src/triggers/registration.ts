import type { OverlapPolicy } from '../flow/document.js';
import type { EncryptedSecret, TriggerRegistration } from '../log/messages/index.js';

/** `detail` of a cron registration. All of a flow have the id of its one schedule, `<tenant>:<workspace>:<flow>`. */
export type CronDetail = {
  readonly kind: 'cron';
  readonly schedule: string;
  readonly options?: { readonly overlap?: OverlapPolicy; readonly catchupWindow?: string };
  readonly failed?: boolean;
};

/** `detail` of a webhook registration, id `<flowId>:webhook:<path>`. */
export type WebhookDetail = {
  readonly kind: 'webhook';
  /** `default` where the definition has none. */
  readonly path: string;
  readonly filter?: string;
  readonly dedupeKey?: string;
  /** Made by this publish; null: the trigger keeps the secret it has. */
  readonly secret: EncryptedSecret | null;
  readonly failed?: boolean;
};

/** `detail` of a platform-event registration, id `<flowId>:platform-event:<eventType>`. */
export type PlatformEventDetail = {
  readonly kind: 'platform-event';
  readonly eventType: string;
  readonly topic: string;
  readonly topicId: string;
  /** End offsets before the publish was answered, by partition: where consuming starts. */
  readonly startOffsets: readonly number[];
  readonly filter?: string;
  readonly dedupeKey?: string;
  readonly failed?: boolean;
};

/** `failed`: it could not be registered, and fires nothing until a publish does (flows-api 5). */
export type RegistrationDetail = CronDetail | WebhookDetail | PlatformEventDetail;

export function registration(triggerId: string, detail: RegistrationDetail): TriggerRegistration {
  return { kind: detail.kind, triggerId, detail: JSON.stringify(detail) };
}

export const detailOf = ({ detail }: TriggerRegistration): RegistrationDetail =>
  JSON.parse(detail) as RegistrationDetail;

export const scheduleIdOf = (tenantId: string, workspaceId: string, flowId: string): string =>
  `${tenantId}:${workspaceId}:${flowId}`;
export const webhookTriggerId = (flowId: string, path: string): string => `${flowId}:webhook:${path}`;
export const platformEventTriggerId = (flowId: string, eventType: string): string =>
  `${flowId}:platform-event:${eventType}`;
/** The flow of a webhook or platform-event trigger: flow ids have no colon. */
export const flowIdOfTrigger = (triggerId: string): string => triggerId.slice(0, Math.max(0, triggerId.indexOf(':')));
