import { CONNECTION, EXPRESSION_TEXT, SUCCESS, TEXT } from './parts.js';
import type { TaskType } from './task-type.js';

/** `http.request` (tasks 4). */
export const HTTP_REQUEST: TaskType = {
  id: 'http.request',
  label: 'HTTP Request',
  category: 'integration',
  description: 'Sends an HTTP request to a public server and returns its answer, whatever the status.',
  inputSchema: {
    type: 'object',
    required: ['url'],
    properties: {
      connection: CONNECTION,
      url: EXPRESSION_TEXT,
      method: { type: 'string', enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'], default: 'GET' },
      headers: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
      body: { type: ['string', 'object', 'array'], 'x-expression': true },
      timeoutMs: { type: 'integer', minimum: 1, maximum: 30_000, default: 10_000 },
      maxResponseBytes: { type: 'integer', minimum: 1, maximum: 10_485_760, default: 1_048_576 },
    },
  },
  outputSchema: {
    type: 'object',
    required: ['status', 'httpStatus', 'body', 'headers'],
    properties: {
      status: SUCCESS,
      httpStatus: { type: 'integer' },
      body: TEXT,
      headers: { type: 'object', additionalProperties: TEXT },
    },
  },
  errors: [
    { code: 'SSRF_BLOCKED', retryable: false, when: 'the URL is malformed, or its host is not a public one' },
    { code: 'REQUEST_TIMEOUT', retryable: true, when: 'there is no complete answer within `timeoutMs`' },
    { code: 'RESPONSE_TOO_LARGE', retryable: false, when: 'the answer has more than `maxResponseBytes`' },
    { code: 'UPSTREAM_UNAVAILABLE', retryable: true, when: 'the connection fails' },
    { code: 'UPSTREAM_ERROR', retryable: false, when: 'the exchange fails in another way' },
  ],
  repeat: 'A second attempt sends the request again.',
  connections: ['http'],
  needsNoBackend: true,
  examples: [
    {
      title: 'Change an item',
      input: {
        ...{ url: 'https://api.example.com/v1/items/${{ inputs.id }}', method: 'PUT' },
        body: { count: '${{ inputs.count }}' },
      },
    },
  ],
};
