import type { TaskType } from '@flowplane/contracts';

/** The example of docs/adding-a-task-type.md. A type of the product would stand in `contracts/src/flow/tasks/text-digest.ts`. */
export const TEXT_DIGEST: TaskType = {
  id: 'text.digest',
  label: 'Text Digest',
  category: 'example',
  description: 'Makes a digest of a text.',
  inputSchema: {
    type: 'object',
    required: ['text'],
    properties: {
      text: { type: 'string', 'x-expression': true },
      algorithm: { type: 'string', enum: ['sha256', 'sha512'], default: 'sha256' },
    },
  },
  outputSchema: {
    type: 'object',
    required: ['status', 'digest'],
    properties: { status: { const: 'success' }, digest: { type: 'string' } },
  },
  errors: [{ code: 'EMPTY_TEXT', retryable: false, when: 'there is nothing to digest' }],
  repeat: 'Nothing is changed anywhere: an attempt more makes the same digest.',
  connections: [],
  examples: [{ title: 'Digest of an order', input: { text: '${{ inputs.order }}', algorithm: 'sha512' } }],
};
