import {
  CONNECTION,
  CONNECTION_ERRORS,
  EXPRESSION_TEXT,
  FILLED_TEXT,
  NOT_CONFIGURED,
  SUCCESS,
  TEXT,
  UNAVAILABLE,
} from './parts.js';
import type { TaskType } from './task-type.js';

const MAX_RECIPIENTS = 50;

/** `email.send` (tasks 3.5). */
export const EMAIL_SEND: TaskType = {
  id: 'email.send',
  label: 'Send Email',
  category: 'messaging',
  description:
    'Sends a plain text message over SMTP, to up to 50 recipients at once. It is a success as soon as the server takes one of them; `accepted` says which.',
  inputSchema: {
    type: 'object',
    required: ['to', 'subject'],
    properties: {
      to: {
        type: 'array',
        items: FILLED_TEXT,
        minItems: 1,
        maxItems: MAX_RECIPIENTS,
        description: 'Addresses of the recipients.',
      },
      subject: { ...EXPRESSION_TEXT, description: 'Subject of the message.' },
      body: { ...EXPRESSION_TEXT, description: 'Text of the message.' },
      from: { ...TEXT, description: 'Sender; default that of the connection or the operator.' },
      connection: CONNECTION,
    },
  },
  outputSchema: {
    type: 'object',
    required: ['status', 'messageId', 'accepted'],
    properties: { status: SUCCESS, messageId: TEXT, accepted: { type: 'array', items: TEXT, minItems: 1 } },
  },
  errors: [
    { code: 'RECIPIENTS_REJECTED', retryable: false, when: 'the server refuses every recipient for good (5yz)' },
    {
      code: 'UPSTREAM_ERROR',
      retryable: false,
      when: 'the server refuses the login or the message for good (5yz), or does not speak SMTP',
    },
    UNAVAILABLE,
    ...CONNECTION_ERRORS,
    NOT_CONFIGURED,
  ],
  repeat:
    'At least once: an attempt whose result was lost sends the message again, with the same Message-ID, by which mail programs can tell the repeat.',
  connections: ['smtp'],
  examples: [
    {
      title: 'Tell a customer',
      input: { to: ['${{ inputs.email }}'], subject: 'Your order', body: 'Order ${{ inputs.order }} is on its way.' },
    },
    {
      title: 'Through the mail server of the workspace',
      input: {
        connection: 'mail',
        from: 'Shop <shop@example.com>',
        to: ['orders@example.com', 'stock@example.com'],
        subject: 'Order ${{ inputs.order }}',
      },
    },
  ],
};
