import {
  CONNECTION,
  CONNECTION_ERRORS,
  FILLED_TEXT,
  NOT_CONFIGURED,
  OBJECT_KEY,
  SUCCESS,
  TEXT,
  UNAVAILABLE,
} from './parts.js';
import type { TaskType, TaskTypeError } from './task-type.js';

/** Failures of the object store, of both its types (tasks 3.2). */
export const STORAGE_ERRORS: readonly TaskTypeError[] = [
  { code: 'FORBIDDEN', retryable: false, when: 'the bucket is of another workspace, or the store refuses the call' },
  { code: 'OBJECT_NOT_FOUND', retryable: false, when: 'the bucket or the object does not exist' },
  { code: 'UPSTREAM_ERROR', retryable: false, when: 'the store answers with another error' },
  UNAVAILABLE,
  NOT_CONFIGURED,
  ...CONNECTION_ERRORS,
];

/** `storage.put` (tasks 3.2). */
export const STORAGE_PUT: TaskType = {
  id: 'storage.put',
  label: 'Storage Put',
  category: 'storage',
  description:
    'Writes an object of up to 1.5 MB to the object store of the workspace, in place of the one that is there.',
  inputSchema: {
    type: 'object',
    required: ['bucketId', 'objectKey', 'body'],
    properties: {
      bucketId: { ...FILLED_TEXT, description: 'Bucket of the workspace.' },
      objectKey: { ...OBJECT_KEY, description: 'Key of the object in the bucket.' },
      body: {
        type: 'string',
        contentEncoding: 'base64',
        'x-expression': true,
        description: 'Content of the object, in base64.',
      },
      contentType: { ...TEXT, description: 'Media type of the object.' },
      connection: CONNECTION,
    },
  },
  outputSchema: {
    type: 'object',
    required: ['status', 'objectKey', 'etag'],
    properties: { status: SUCCESS, objectKey: TEXT, etag: { type: ['string', 'null'] } },
  },
  errors: STORAGE_ERRORS,
  repeat: 'A second attempt writes the same object under the same key: there is one object.',
  connections: ['s3'],
  examples: [
    {
      title: 'A report as a text file',
      input: {
        ...{ bucketId: 'reports', objectKey: 'daily/${{ inputs.day }}.txt' },
        ...{ body: 'SGVsbG8=', contentType: 'text/plain' },
      },
    },
  ],
};
