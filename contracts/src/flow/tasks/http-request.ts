import { CONNECTION, EXPRESSION_TEXT, FREE_OBJECT, SUCCESS, TEXT } from './parts.js';
import type { TaskType } from './task-type.js';

const SCALARS = ['string', 'number', 'boolean', 'null'];

/** `http.request` (tasks 4). */
export const HTTP_REQUEST: TaskType = {
  id: 'http.request',
  label: 'HTTP Request',
  category: 'integration',
  description:
    'Sends an HTTP request to a public server and returns its answer, whatever the status. `failOn` names statuses that make it fail, and be tried again where that may help.',
  inputSchema: {
    type: 'object',
    required: ['url'],
    properties: {
      url: {
        ...EXPRESSION_TEXT,
        description: 'Address to send the request to; with a connection a path below its address.',
      },
      method: {
        type: 'string',
        enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'],
        default: 'GET',
        description: 'Method of the request.',
      },
      query: {
        type: 'object',
        additionalProperties: { type: [...SCALARS, 'array'], items: { type: SCALARS } },
        description: 'Members of the query; a list gives one member for each of its items.',
      },
      headers: {
        type: 'object',
        additionalProperties: { type: ['string', 'number', 'boolean'] },
        description: 'Headers of the request.',
      },
      body: {
        type: ['string', 'object', 'array'],
        'x-expression': true,
        description: 'Body of the request: a text as it is, an object or a list as JSON.',
      },
      timeoutMs: {
        type: 'integer',
        minimum: 1,
        maximum: 30_000,
        default: 10_000,
        description: 'Milliseconds until the whole answer must be there.',
      },
      maxResponseBytes: {
        type: 'integer',
        minimum: 1,
        maximum: 10_485_760,
        default: 1_048_576,
        description: 'Bytes that the answer may have.',
      },
      // Integers from 100 to 599, and texts for classes: each rule looks at one of the two.
      failOn: {
        type: 'array',
        maxItems: 100,
        items: { type: ['integer', 'string'], minimum: 100, maximum: 599, pattern: '^[1-5]xx$' },
        description: 'Statuses that make the task fail, as 404, or 5xx for all of a class.',
      },
      json: {
        type: 'boolean',
        default: false,
        description: 'Whether the answer is read as JSON into the output json.',
      },
      responseSchema: { ...FREE_OBJECT, description: 'JSON Schema that the JSON of a 2xx answer must fit.' },
      connection: CONNECTION,
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
      json: {},
    },
  },
  errors: [
    { code: 'SSRF_BLOCKED', retryable: false, when: 'the URL is malformed, or its host is not a public one' },
    { code: 'REQUEST_TIMEOUT', retryable: true, when: 'there is no complete answer within `timeoutMs`' },
    { code: 'RESPONSE_TOO_LARGE', retryable: false, when: 'the answer has more than `maxResponseBytes`' },
    {
      code: 'UPSTREAM_UNAVAILABLE',
      retryable: true,
      when: 'the connection fails, or `failOn` lists the status and it is 408, 429 or 5xx',
    },
    { code: 'UPSTREAM_ERROR', retryable: false, when: 'the exchange fails in another way' },
    { code: 'CLIENT_ERROR', retryable: false, when: '`failOn` lists the status, and it is another one' },
    {
      code: 'RESPONSE_INVALID',
      retryable: false,
      when: 'a 2xx answer is no JSON although `json` asks for it, or does not fit `responseSchema`',
    },
    { code: 'FORBIDDEN', retryable: false, when: 'the URL is not below that of the connection' },
    { code: 'AUTHORIZATION_FAILED', retryable: false, when: 'the token server refuses the connection’s credentials' },
  ],
  repeat:
    'A second attempt sends the request again, with the same `Idempotency-Key`: a server that honours it acts once.',
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
    {
      title: 'Read a page of orders from an API that needs a token, and wait where it says so',
      input: {
        ...{ connection: 'crm', url: 'orders', query: { status: ['open', 'paid'], page: '${{ inputs.page }}' } },
        ...{ json: true, failOn: ['5xx', 429] },
        responseSchema: { type: 'object', required: ['items'], properties: { items: { type: 'array' } } },
      },
    },
  ],
};
