import { SUCCESS, TEXT, TOPIC_PATTERN } from './parts.js';
import type { TaskType } from './task-type.js';

/** `events.publish` (tasks 3.4). */
export const EVENTS_PUBLISH: TaskType = {
  id: 'events.publish',
  label: 'Publish Event',
  category: 'messaging',
  description:
    'Publishes platform events on a topic of the workspace, which is made when it is first used. Triggers of the workspace with this event type get them. Texts are sent as they are, other values as JSON.',
  inputSchema: {
    type: 'object',
    required: ['topic', 'messages'],
    properties: {
      topic: {
        type: 'string',
        pattern: TOPIC_PATTERN,
        description: 'Event type, which is the name of the topic in the workspace.',
      },
      messages: {
        type: 'array',
        items: {
          type: 'object',
          required: ['value'],
          properties: { key: { type: ['string', 'number', 'boolean', 'null'] }, value: {} },
        },
        description: 'Messages to publish, in this order, each with a value and maybe a key.',
      },
    },
  },
  outputSchema: {
    type: 'object',
    required: ['status', 'topic', 'published'],
    properties: { status: SUCCESS, topic: TEXT, published: { type: 'integer', minimum: 1 } },
  },
  errors: [
    { code: 'EMPTY_PUBLISH', retryable: false, when: 'there is no message to publish' },
    { code: 'QUOTA_EXCEEDED', retryable: false, when: 'the workspace uses as many topics as it may' },
    { code: 'FORBIDDEN', retryable: false, when: 'the broker does not let this worker write to the topic' },
    { code: 'PAYLOAD_TOO_LARGE', retryable: false, when: 'a message is larger than its topic allows' },
    {
      code: 'BROKER_UNAVAILABLE',
      retryable: true,
      when: 'not all in-sync replicas have acknowledged all messages, or the registry of topics cannot be asked',
    },
  ],
  repeat:
    'At least once: an attempt whose result was lost publishes all messages again, each with the same `ce_id`, by which readers can tell the repeat.',
  connections: [],
  examples: [
    {
      title: 'Say that an order was paid',
      input: {
        topic: 'order.paid',
        messages: [{ key: '${{ inputs.orderId }}', value: { orderId: '${{ inputs.orderId }}' } }],
      },
    },
    {
      title: 'Texts without a key',
      input: { topic: 'log.lines', messages: [{ value: 'first' }, { value: 'second' }] },
    },
  ],
};
