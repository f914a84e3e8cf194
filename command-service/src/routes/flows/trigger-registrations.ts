import {
  platformEventTriggerId,
  registration,
  scheduleIdOf,
  triggerTopic,
  webhookTriggerId,
  type TopicSpec,
  type TriggerRegistration,
} from '@flowplane/contracts';
import { webhookPath, type FlowDefinition, type Trigger } from '@flowplane/contracts/flow';
import { refusal, type Refusal } from '@flowplane/plumbing/http';
import { committedEndOffsets, ensureTopic, KafkaFault, topicId, type KafkaClient } from '@flowplane/plumbing/kafka';
import type { Logger } from '@flowplane/plumbing/logging';
import type { Call } from '@flowplane/runtime/api';
import { TooManyEventTopics, type EventTopics } from '@flowplane/runtime/event-topics';
import { orUnavailable, type Draft } from '@flowplane/runtime/read-model';
import type { WebhookSecrets } from '../../webhook-secrets.js';

/** A topic as it is before the publish that names it is answered; `endOffsets` by partition, for readers of committed records. */
export type TopicEnds = { readonly topicId: string; readonly endOffsets: readonly number[] };

/** Creates the topic when it is missing. @throws KafkaFault */
export type ReadTopicEnds = (spec: TopicSpec) => Promise<TopicEnds>;

const RECREATED = new KafkaFault('UNKNOWN_TOPIC_ID', true, 'the topic was recreated while it was looked at');

export function makeReadTopicEnds(kafka: KafkaClient, replicationFactor: number): ReadTopicEnds {
  return async (spec) => {
    const count = await ensureTopic(kafka, spec, { partitions: 1, replicationFactor });
    const id = await topicId(kafka, spec.name);
    const partitions = Array.from({ length: count }, (_, partition) => partition);
    const ends = await committedEndOffsets(kafka, spec.name, partitions);
    if ((await topicId(kafka, spec.name)) !== id) throw RECREATED;
    return { topicId: id, endOffsets: partitions.map((partition) => ends.get(partition) ?? 0) };
  };
}

/** What registering triggers takes besides the draft: what the flow has registered already, and what can be made. */
export type RegistrationPorts = {
  /** Webhook triggers of the flow's latest version that have a secret, as far as the read models have come. */
  readonly webhooksOf: (call: Call, flowId: string) => Promise<ReadonlySet<string>>;
  readonly secrets: WebhookSecrets;
  readonly topicEnds: ReadTopicEnds;
  readonly eventTopics: Pick<EventTopics, 'use' | 'settle'>;
  readonly logger: Pick<Logger, 'warn'>;
};

/**
 * What a version wants to be triggered by; ids as in flows-api 5 and 10. Everything that a registration needs outside
 * the log is made here, before the append: what cannot be had makes no version.
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
        return platformEventRegistration(ports, call, flowId, trigger);
    }
  };
  // What was begun is waited for, so that no topic is claimed after a refusal has let go of them.
  const made = await Promise.allSettled(triggers.map(registrationOf));
  return made.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

/** Names by rule of the topics that a draft's triggers listen to. */
export function plainTopicsOf({ tenantId, workspaceId }: Call, draft: Draft): readonly string[] {
  const { triggers = [] } = JSON.parse(draft.definition ?? '{}') as Partial<FlowDefinition>;
  const events = triggers.filter(({ kind }) => kind === 'platform-event');
  return events.map(({ eventType = '' }) => triggerTopic(tenantId, workspaceId, eventType).name);
}

function cronRegistration({ tenantId, workspaceId }: Call, flowId: string, trigger: Trigger): TriggerRegistration {
  const { options } = trigger;
  return registration(scheduleIdOf(tenantId, workspaceId, flowId), {
    kind: 'cron',
    schedule: trigger.schedule ?? '',
    ...(options === undefined ? {} : { options }),
  });
}

/**
 * A webhook trigger of a version. Unless it has a secret already, one is made.
 *
 * @param registered triggers that have a secret
 * @throws Refusal 502 TRIGGER_REGISTRATION_FAILED without a key to encrypt secrets with (flows-api 10.2)
 */
function webhookRegistration(
  flowId: string,
  trigger: Trigger,
  registered: ReadonlySet<string>,
  secrets: WebhookSecrets,
): TriggerRegistration {
  const path = webhookPath(trigger);
  const triggerId = webhookTriggerId(flowId, path);
  if (secrets.keyId === undefined) throw refusal('TRIGGER_REGISTRATION_FAILED');
  const secret = registered.has(triggerId) ? null : secrets.make();
  return registration(triggerId, {
    kind: 'webhook',
    path,
    ...expressionsOf(trigger),
    secret: secret ?? null,
  });
}

/**
 * A platform-event trigger of a version.
 *
 * @throws Refusal 429 QUOTA_EXCEEDED (`max_event_topics`), 502 TRIGGER_REGISTRATION_FAILED when the brokers refuse the
 *   topic for good, 503 LOG_UNAVAILABLE while they cannot be asked, 503 STORE_UNAVAILABLE while the registry cannot
 */
async function platformEventRegistration(
  { topicEnds, eventTopics, logger }: RegistrationPorts,
  call: Call,
  flowId: string,
  trigger: Trigger,
): Promise<TriggerRegistration> {
  const eventType = trigger.eventType ?? '';
  const spec = triggerTopic(call.tenantId, call.workspaceId, eventType);
  const using = eventTopics.use(call, spec, 'trigger', async (named) => ({
    ...{ topic: named.name, ends: await topicEnds(named) },
  }));
  const named = using.catch((cause: unknown) => {
    if (cause instanceof TooManyEventTopics) throw tooManyTopics(cause);
    if (!(cause instanceof KafkaFault)) throw cause;
    if (cause.retryable) throw refusal('LOG_UNAVAILABLE', { retryAfterSeconds: 1 });
    logger.warn({ topic: spec.name, flowId, err: cause }, 'the brokers refuse the topic of a trigger for good');
    throw refusal('TRIGGER_REGISTRATION_FAILED');
  });
  const { topic, ends } = await orUnavailable(named);
  return registration(platformEventTriggerId(flowId, eventType), {
    ...{ kind: 'platform-event', eventType, topic, topicId: ends.topicId },
    ...{ startOffsets: ends.endOffsets, ...expressionsOf(trigger) },
  });
}

const tooManyTopics = ({ limit, usage }: TooManyEventTopics): Refusal =>
  refusal('QUOTA_EXCEEDED', {
    ...{ dimension: 'max_event_topics', quota: { limit, usage } },
    message: `The workspace uses ${usage} topics of platform events; at most ${limit} are allowed.`,
  });

/** `filter` and `dedupeKey` of a trigger, where it has them. */
const expressionsOf = ({ filter, dedupeKey }: Trigger) => ({
  ...(filter === undefined ? {} : { filter }),
  ...(dedupeKey === undefined ? {} : { dedupeKey }),
});
