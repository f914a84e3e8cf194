import { finalError } from '../task-error.js';
import type { TaskHandler } from '../task-handler.js';
import { DEFAULT_CONTENT_TYPE } from '../storage/content-type.js';
import type { OpenStore } from '../storage/open-store.js';
import { physicalKey } from '../storage/physical-key.js';

/** `storage.get` (tasks 3.2): reads one object whole. @param maxOutputBytes FLOWS_MAX_TASK_IO_BYTES */
export function makeStorageGet(openStore: OpenStore, maxOutputBytes: number): TaskHandler {
  return async (params, attempt) => {
    // Checked against the schema of the catalogue.
    const objectKey = params['objectKey'] as string;
    const key = physicalKey(attempt.tenant, params['bucketId'] as string, objectKey);
    const room = maxOutputBytes - Buffer.byteLength(JSON.stringify({ status: 'success', ...outputOf(objectKey) }));
    if (room < 0) throw finalError('PAYLOAD_TOO_LARGE', 'The output has no room for an object.');
    const { body, contentType } = await openStore(params, attempt, (store) =>
      store.get(key, Math.floor(room / 4) * 3, attempt.signal),
    );
    return outputOf(objectKey, body.toString('base64'), contentType);
  };
}

const outputOf = (objectKey: string, body = '', contentType = DEFAULT_CONTENT_TYPE) => ({
  objectKey,
  body,
  contentType,
});
