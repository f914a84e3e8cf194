import { finalError } from '../task-error.js';
import type { TaskHandler } from '../task-handler.js';
import type { OpenStore } from '../storage/open-store.js';
import { DEFAULT_CONTENT_TYPE } from '../storage/content-type.js';
import { physicalKey } from '../storage/physical-key.js';

/** `storage.put` (tasks 3.2): writes one object; a repeat writes the same one again. */
export function makeStoragePut(openStore: OpenStore): TaskHandler {
  return async (params, attempt) => {
    // Checked against the schema of the catalogue.
    const objectKey = params['objectKey'] as string;
    const key = physicalKey(attempt.tenant, params['bucketId'] as string, objectKey);
    const object = {
      body: bytesOf(params['body'] as string),
      contentType: contentTypeOf(params['contentType'] as string | undefined),
    };
    const etag = await openStore(params, attempt, (store) => store.put(key, object, attempt.signal));
    return { objectKey, etag };
  };
}

/** @throws TaskError `VALIDATION_ERROR` */
function bytesOf(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  // Node reads whatever it can: only what is written back the same was base64.
  if (bytes.toString('base64') !== text) {
    throw finalError('VALIDATION_ERROR', '/body must be base64, with its padding and without blanks');
  }
  return bytes;
}

const MAX_CONTENT_TYPE_CHARS = 255;

function contentTypeOf(text: string | undefined): string {
  if (text === undefined) return DEFAULT_CONTENT_TYPE;
  if (text.length > MAX_CONTENT_TYPE_CHARS || !/^[!-~]+\/[ -~]*[!-~]$/.test(text)) {
    throw finalError('VALIDATION_ERROR', `/contentType must be a type such as text/plain, of ASCII characters`);
  }
  return text;
}
