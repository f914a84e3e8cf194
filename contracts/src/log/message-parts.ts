import type { CommandType } from './commands.js';

/** What messages are made of. Times are epoch milliseconds. */

export type TriggerType = 'manual' | 'cron' | 'webhook' | 'platform_event';
/** Status of a run once its engine execution is over. */
export type ClosedStatus = 'Completed' | 'Failed' | 'Canceled' | 'Terminated' | 'TimedOut' | 'ContinuedAsNew';
export type RunStatus = 'Pending' | 'Running' | ClosedStatus;

/** A refusal as data: what the HTTP edge turns into status and body. `errors` is the JSON text of an array. */
export type Problem = {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly errors: string | null;
  readonly dimension: string | null;
  readonly retryAfterSeconds: number | null;
};

export type RunFailure = { readonly nodeId: string | null; readonly code: string; readonly message: string };

/** A JSON value, inline (`json`: compact JSON text) or by content hash (`ref`: key of the content store). */
export type StoredValue = { readonly json: string | null; readonly ref: string | null; readonly sizeBytes: number };

export type TriggerRegistration = {
  readonly kind: 'cron' | 'webhook' | 'platform-event';
  readonly triggerId: string;
  /** Kind-specific settings as JSON text. */
  readonly detail: string;
};

/**
 * A webhook secret, encrypted: base64 of IV, ciphertext and tag (flows-api 10.2). `secretId` names the secret and stays
 * when it is encrypted anew, `keyId` the key that it is encrypted with.
 */
export type EncryptedSecret = { readonly secretId: string; readonly keyId: string; readonly ciphertext: string };

/** Record of a topic outside that a platform event came with. `topicId` tells a topic from one made anew. */
export type RecordOrigin = {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly offset: number;
};

/** What made a trigger fire. Members that do not apply to its kind are null. */
export type TriggerOrigin = {
  readonly triggerId: string;
  /** Webhook: delivery id of the sender, or the UUID made for it. */
  readonly deliveryId: string | null;
  /** What the trigger's `dedupeKey` yields; null without one. */
  readonly dedupeKey: string | null;
  /** Platform event. */
  readonly record: RecordOrigin | null;
  /** Cron: the time it was due. */
  readonly scheduledAt: number | null;
  /** Platform event published by a flow: `ce_flowsdepth` of the record. */
  readonly depth: number | null;
  /** Of the body or record value. */
  readonly sizeBytes: number;
  /** 1 for the first redelivery of a webhook delivery, 0 for the delivery itself. */
  readonly redelivery: number;
};

/** A quota of a tenant; -1 is unlimited, denied when usage reaches `limit` + `grace` (flows-api 12). */
export type TenantQuota = { readonly dimension: string; readonly limit: number; readonly grace: number };

export type Idempotency = { readonly key: string; readonly fingerprint: string };

export type CommandMeta = {
  readonly commandId: string;
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly actorId: string;
  readonly actorRoles: readonly string[];
  readonly correlationId: string;
  readonly traceparent: string | null;
  readonly submittedAt: number;
  /** 1 for the first append; +1 each time the shell re-sends the same command after `CommandStale`. */
  readonly attempt: number;
  readonly idempotency: Idempotency | null;
};

export type EventMeta = {
  readonly eventId: string;
  readonly tenantId: string;
  readonly workspaceId: string;
  readonly commandId: string;
  readonly commandType: CommandType;
  /** Offset of the command in its partition of the commands topic. */
  readonly commandOffset: number;
  readonly attempt: number;
  /** Place among the `count` events of this command, from 0. */
  readonly index: number;
  readonly count: number;
  readonly actorId: string;
  readonly correlationId: string;
  readonly traceparent: string | null;
  readonly submittedAt: number;
  readonly occurredAt: number;
  readonly idempotency: Idempotency | null;
};

/** A command: what somebody wants. */
export type Cmd<T extends string, D> = { readonly type: T; readonly meta: CommandMeta; readonly data: D };
/** An event: what was decided. */
export type Evt<T extends string, D> = { readonly type: T; readonly meta: EventMeta; readonly data: D };
