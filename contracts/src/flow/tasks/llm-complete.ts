import { CONNECTION, EXPRESSION_TEXT, FILLED_TEXT, SUCCESS, TEXT, UNAVAILABLE } from './parts.js';
import type { TaskType } from './task-type.js';

/** Null where the provider does not tell. */
const COUNT = { type: ['integer', 'null'], minimum: 0 };

/** `llm.complete` (tasks 3.6). */
export const LLM_COMPLETE: TaskType = {
  id: 'llm.complete',
  label: 'LLM Complete',
  category: 'ai',
  description: 'Asks a language model to go on with a conversation or to answer a prompt.',
  inputSchema: {
    type: 'object',
    required: ['model'],
    properties: {
      model: { ...FILLED_TEXT, description: 'Name of the model, as the provider has it.' },
      messages: {
        type: 'array',
        items: {
          type: 'object',
          required: ['role', 'content'],
          properties: { role: FILLED_TEXT, content: EXPRESSION_TEXT },
        },
        description: 'The conversation so far, each message with its role; this or a prompt is needed.',
      },
      prompt: { ...EXPRESSION_TEXT, description: 'A question of the user; this or messages is needed.' },
      system: { ...EXPRESSION_TEXT, description: 'What the model is told before the conversation.' },
      maxTokens: { type: 'integer', minimum: 1, description: 'Tokens that the answer may have.' },
      temperature: { type: 'number', minimum: 0, maximum: 2, description: 'How much chance there is in the answer.' },
      connection: CONNECTION,
    },
    anyOf: [{ required: ['messages'] }, { required: ['prompt'] }],
  },
  notConfiguredCode: 'LLM_PROVIDER_MISSING',
  outputSchema: {
    type: 'object',
    required: ['status', 'content', 'usage', 'model'],
    properties: {
      status: SUCCESS,
      content: TEXT,
      usage: {
        type: 'object',
        required: ['promptTokens', 'completionTokens', 'totalTokens'],
        properties: { promptTokens: COUNT, completionTokens: COUNT, totalTokens: COUNT },
      },
      model: TEXT,
    },
  },
  errors: [
    { code: 'MODEL_NOT_ALLOWED', retryable: false, when: 'the operator does not allow this model for the workspace' },
    { code: 'LLM_PROVIDER_MISSING', retryable: false, when: 'no provider is configured here' },
    UNAVAILABLE,
    { code: 'CLIENT_ERROR', retryable: false, when: 'the provider answers with another status from 400 to 499' },
    {
      code: 'UPSTREAM_ERROR',
      retryable: false,
      when: 'the provider answers with another status, or with no completion that can be read',
    },
    { code: 'RESPONSE_TOO_LARGE', retryable: false, when: 'the answer has more than 4 MiB' },
    { code: 'SSRF_BLOCKED', retryable: false, when: 'the connection leads to a host that is not a public one' },
  ],
  repeat: 'A second attempt asks again and is paid for again.',
  connections: ['llm'],
  examples: [
    {
      title: 'Sort a message into a category',
      input: {
        ...{ model: 'small', maxTokens: 5, temperature: 0 },
        system: 'Answer with one word: complaint, question or praise.',
        prompt: '${{ inputs.message }}',
      },
    },
  ],
};
