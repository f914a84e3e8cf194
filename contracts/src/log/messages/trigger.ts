import type { TriggerKind } from '../../flow/document.js';
import { added, Flag, Int, Json, list, Long, oneOf, optional, record, type StaticOf, Text, Time } from './avro.js';
import { Problem, RUN } from './parts.js';

export const TRIGGER_TYPES = ['manual', 'cron', 'webhook', 'platform_event'] as const;
export type TriggerType = (typeof TRIGGER_TYPES)[number];

export type TriggerRegistration = StaticOf<typeof TriggerRegistration>;
export const TriggerRegistration = record('TriggerRegistration', {
  kind: oneOf<TriggerKind>(),
  triggerId: Text,
  /** Settings of the kind. */
  detail: Json,
});

/** A webhook secret, encrypted (flows-api 10.2). */
export type EncryptedSecret = StaticOf<typeof EncryptedSecret>;
export const EncryptedSecret = record('EncryptedSecret', {
  /** Names the secret, and stays when it is encrypted with another key. */
  secretId: Text,
  /** The key that it is encrypted with. */
  keyId: Text,
  /** Base64 of IV, ciphertext and tag. */
  ciphertext: Text,
});

/** The secret of one webhook, encrypted with another key. */
export type RewrappedSecret = StaticOf<typeof RewrappedSecret>;
const RewrappedSecret = record('RewrappedSecret', { flowId: Text, triggerId: Text, secret: EncryptedSecret });

/** Record of a topic outside that a platform event came with. */
export type RecordOrigin = StaticOf<typeof RecordOrigin>;
const RecordOrigin = record('RecordOrigin', {
  topic: Text,
  /** Differs when a topic was deleted and created again under its name. */
  topicId: Text,
  partition: Int,
  offset: Long,
});

/** What made a trigger fire. Members that do not apply to its kind are null. */
export type TriggerOrigin = StaticOf<typeof TriggerOrigin>;
export const TriggerOrigin = record('TriggerOrigin', {
  triggerId: Text,
  /** Webhook: delivery id of the sender, or the UUID made for it. */
  deliveryId: optional(Text),
  /** What the trigger's `dedupeKey` yields; null without one. */
  dedupeKey: optional(Text),
  /** Platform event. */
  record: optional(RecordOrigin),
  /** Cron: the time it was due. */
  scheduledAt: optional(Time),
  /** Platform event published by a flow: `ce_flowsdepth` of the record. */
  depth: optional(Int),
  /** Of the body or record value. */
  sizeBytes: Long,
  /** 1 for the first redelivery of a webhook delivery, 0 for the delivery itself. */
  redelivery: Int,
});

const FIRED = oneOf<Exclude<TriggerType, 'manual'>>();

export const START_FROM_TRIGGER = {
  ...RUN,
  triggerType: FIRED,
  input: Json,
  trigger: TriggerOrigin,
  /** Webhook: the secret that verified the signature; null without check. */
  secretId: optional(Text),
  verdict: optional(Problem),
};
export const REDELIVER_WEBHOOK = {
  flowId: Text,
  triggerId: Text,
  deliveryId: Text,
  /** Of the first delivery. */
  executionId: Text,
  input: Json,
  sizeBytes: Long,
  verdict: optional(Problem),
};

export const TRIGGER_COMMANDS = {
  /**
   * A trigger fired (flows-api 10, 11; cron: flow-language 12). The version to run is decided: the latest published
   * one, provided that it has the trigger. `trigger.redelivery` is 0.
   */
  StartFromTrigger: {
    ...START_FROM_TRIGGER,
    /** FLOWS_STRICT_INPUTS: the input must fit what the version that is decided on declares. */
    strictInputs: added(Flag, false),
  },
  /** Starts a new run from the kept body of an accepted webhook delivery; its id is decided from how many came before. */
  RedeliverWebhook: {
    ...REDELIVER_WEBHOOK,
    /** As of `StartFromTrigger`. */
    strictInputs: added(Flag, false),
  },
  /** A record that cannot start its run was written to the dead letters: it is settled, and never comes again. */
  SettleTriggerRecord: { ...RUN, trigger: TriggerOrigin, problem: Problem },
  RotateWebhookSecret: {
    flowId: Text,
    triggerId: Text,
    secret: EncryptedSecret,
    /** FLOWS_WEBHOOK_ROTATION_GRACE */
    graceMs: Long,
    verdict: optional(Problem),
  },
  /** Secrets of one workspace, encrypted with another key. */
  RewrapWebhookSecrets: { secrets: list(RewrappedSecret) },
};

export const TRIGGER_EVENTS = {
  /**
   * A trigger fired and no run starts: a quota, a trigger that is gone. A refused platform event is deferred: it comes
   * again, or is settled. `problem` is the caller's answer.
   */
  TriggerStartRefused: { ...RUN, triggerType: FIRED, trigger: TriggerOrigin, problem: Problem },
  /** A platform event that started nothing and was written to the dead letters. */
  TriggerRecordSettled: { ...RUN, trigger: TriggerOrigin, problem: Problem },
  WebhookSecretRotated: {
    flowId: Text,
    triggerId: Text,
    secret: EncryptedSecret,
    /** Null: the previous secret is not valid any more. */
    previousValidUntil: optional(Time),
  },
  WebhookSecretsRewrapped: { secrets: list(RewrappedSecret) },
};
