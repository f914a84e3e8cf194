import { CONNECTION, EXPRESSION_TEXT, FILLED_TEXT, NOT_CONFIGURED, SUCCESS, TEXT, UNAVAILABLE } from './parts.js';
import type { TaskType } from './task-type.js';

/** `email.send` (tasks 3.5). */
export const EMAIL_SEND: TaskType = {
  id: 'email.send',
  label: 'Send Email',
  category: 'messaging',
  description: 'Sends a plain text message over SMTP.',
  inputSchema: {
    type: 'object',
    required: ['to', 'subject'],
    properties: {
      connection: CONNECTION,
      to: { type: 'array', items: FILLED_TEXT, minItems: 1, maxItems: 50 },
      subject: EXPRESSION_TEXT,
      body: EXPRESSION_TEXT,
      from: TEXT,
    },
  },
  outputSchema: {
    type: 'object',
    required: ['status', 'messageId', 'accepted'],
    properties: { status: SUCCESS, messageId: TEXT, accepted: { type: 'array', items: TEXT } },
  },
  errors: [
    { code: 'RECIPIENTS_REJECTED', retryable: false, when: 'the server refuses every recipient' },
    { code: 'UPSTREAM_ERROR', retryable: false, when: 'the server refuses the message for good' },
    UNAVAILABLE,
    NOT_CONFIGURED,
  ],
  repeat: 'A second attempt sends the message again, with the same Message-ID.',
  connections: ['smtp'],
  examples: [
    {
      title: 'Tell a customer',
      input: { to: ['${{ inputs.email }}'], subject: 'Your order', body: 'Order ${{ inputs.order }} is on its way.' },
    },
  ],
};
