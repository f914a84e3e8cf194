import { CONNECTION, FILLED_TEXT, FREE_OBJECT, NOT_CONFIGURED, SUCCESS, UNAVAILABLE } from './parts.js';
import type { TaskType } from './task-type.js';

/** `functions.invoke` (tasks 3.3). */
export const FUNCTIONS_INVOKE: TaskType = {
  id: 'functions.invoke',
  label: 'Invoke Function',
  category: 'compute',
  description: 'Calls a function of the workspace and waits for its result.',
  inputSchema: {
    type: 'object',
    required: ['actionId'],
    properties: {
      actionId: { ...FILLED_TEXT, maxLength: 256, description: 'Name of the function.' },
      params: { ...FREE_OBJECT, description: 'Parameters of the call.' },
      connection: CONNECTION,
    },
  },
  outputSchema: {
    type: 'object',
    required: ['status', 'activationId', 'result'],
    properties: { status: SUCCESS, activationId: { type: ['string', 'null'] }, result: {} },
  },
  errors: [
    { code: 'FUNCTION_NOT_FOUND', retryable: false, when: 'the workspace has no such function' },
    { code: 'FUNCTION_TIMEOUT', retryable: true, when: 'the function does not answer in time' },
    { code: 'FUNCTION_ERROR', retryable: false, when: 'the function fails, or its answer cannot be read' },
    UNAVAILABLE,
    { code: 'UPSTREAM_ERROR', retryable: false, when: 'the server does not speak HTTP as it should' },
    { code: 'RESPONSE_TOO_LARGE', retryable: false, when: 'the answer has more than 4 MiB' },
    NOT_CONFIGURED,
    { code: 'SSRF_BLOCKED', retryable: false, when: 'the connection leads to a host that is not a public one' },
  ],
  repeat: 'Attempts share one `Idempotency-Key`, so that the function’s platform can answer the second as the first.',
  connections: ['functions'],
  examples: [
    {
      title: 'Price an order',
      input: { actionId: 'price-order', params: { order: '${{ inputs.order }}' } },
    },
  ],
};
