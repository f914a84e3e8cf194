import {
  HEADER,
  PLATFORM_EVENT_HEADER,
  platformEventTopic,
  traceHeader,
  uuidV5,
  type Json,
} from '@flowplane/contracts';
import { KafkaFault, type RecordToPublish, type TopicPublisher } from '@flowplane/plumbing/kafka';
import { TooManyEventTopics, type EventTopics } from '@flowplane/runtime/event-topics';
import { finalError, retryableError } from '../task-error.js';
import type { TaskAttempt, TaskHandler } from '../task-handler.js';

type Message = { readonly key?: Json; readonly value: Json };

export type EventsPublishPorts = {
  readonly publish: TopicPublisher['publish'];
  /** Which topic stands for a logical name; triggers of the workspace listen to the same. */
  readonly eventTopics: Pick<EventTopics, 'use'>;
};

/** `events.publish` (tasks 3.4): all messages are acknowledged by all in-sync replicas, or the attempt fails. */
export function makeEventsPublish({ publish, eventTopics }: EventsPublishPorts): TaskHandler {
  return async (params, attempt) => {
    // Checked against the schema of the catalogue.
    const topic = params['topic'] as string;
    const messages = params['messages'] as unknown as readonly Message[];
    if (messages.length === 0) throw finalError('EMPTY_PUBLISH', '/messages holds no message to publish.');
    const records = messages.map((message, index) => recordOf(topic, message, index, attempt));
    try {
      const spec = platformEventTopic(attempt.tenant.workspaceId, topic);
      await eventTopics.use(attempt.tenant, spec, 'task', (named) => publish(named, records));
    } catch (thrown) {
      throw asPublishError(thrown);
    }
    return { topic, published: records.length };
  };
}

function recordOf(topic: string, { key = null, value }: Message, index: number, attempt: TaskAttempt): RecordToPublish {
  return {
    key: key === null ? null : textOf(key),
    value: Buffer.from(textOf(value), 'utf8'),
    headers: headersOf(topic, index, attempt),
  };
}

/** Text as it is, anything else as JSON. */
const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The id is the same in every attempt of a node, so that a reader can tell a repeat. */
function headersOf(topic: string, index: number, { tenant, nodeId, origin }: TaskAttempt): Record<string, string> {
  const { tenantId, workspaceId, flowId, executionId } = tenant;
  return {
    [HEADER.specVersion]: '1.0',
    [HEADER.id]: uuidV5(`${executionId}/${nodeId}/${index}`),
    [HEADER.type]: topic,
    [HEADER.source]: `flowplane/flows/${flowId}`,
    [PLATFORM_EVENT_HEADER.tenantId]: tenantId,
    [PLATFORM_EVENT_HEADER.workspaceId]: workspaceId,
    [PLATFORM_EVENT_HEADER.depth]: String(origin.eventDepth),
    [PLATFORM_EVENT_HEADER.correlationId]: origin.correlationId,
    ...traceHeader(origin.traceparent),
  };
}

/** Refusals of the broker that no repetition changes. */
const FINAL: Readonly<Record<string, readonly [code: string, message: string]>> = {
  MESSAGE_TOO_LARGE: ['PAYLOAD_TOO_LARGE', 'A message is larger than its topic allows.'],
  INVALID_TOPIC_EXCEPTION: ['VALIDATION_ERROR', '/topic names a topic that cannot be created beside the others.'],
  TOPIC_AUTHORIZATION_FAILED: ['FORBIDDEN', 'The worker may not write to this topic.'],
};

function asPublishError(thrown: unknown): unknown {
  if (thrown instanceof TooManyEventTopics) {
    const message = `/topic: the workspace uses ${thrown.usage} topics of platform events; at most ${thrown.limit} are allowed.`;
    return finalError('QUOTA_EXCEEDED', message);
  }
  if (!(thrown instanceof KafkaFault)) {
    return retryableError('BROKER_UNAVAILABLE', 'The registry of topics cannot be asked now.', { cause: thrown });
  }
  const [code, message] = FINAL[thrown.code] ?? [];
  if (code !== undefined && message !== undefined) return finalError(code, message);
  return retryableError('BROKER_UNAVAILABLE', `The messages were not all acknowledged (${thrown.code}).`);
}
