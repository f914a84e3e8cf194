import { CONNECTION, FILLED_TEXT, OBJECT_KEY, SUCCESS, TEXT } from './parts.js';
import { STORAGE_ERRORS } from './storage-put.js';
import type { TaskType } from './task-type.js';

/** `storage.get` (tasks 3.2). */
export const STORAGE_GET: TaskType = {
  id: 'storage.get',
  label: 'Storage Get',
  category: 'storage',
  description: 'Reads an object of up to 1.5 MB from the object store of the workspace.',
  inputSchema: {
    type: 'object',
    required: ['bucketId', 'objectKey'],
    properties: {
      bucketId: { ...FILLED_TEXT, description: 'Bucket of the workspace.' },
      objectKey: { ...OBJECT_KEY, description: 'Key of the object in the bucket.' },
      connection: CONNECTION,
    },
  },
  outputSchema: {
    type: 'object',
    required: ['status', 'objectKey', 'body', 'contentType'],
    properties: {
      status: SUCCESS,
      objectKey: TEXT,
      body: { type: 'string', contentEncoding: 'base64' },
      contentType: TEXT,
    },
  },
  errors: STORAGE_ERRORS,
  repeat: 'A second attempt reads again.',
  connections: ['s3'],
  examples: [{ title: 'Read a report', input: { bucketId: 'reports', objectKey: 'daily/${{ inputs.day }}.txt' } }],
};
