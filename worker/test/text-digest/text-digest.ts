import { createHash } from 'node:crypto';
import { finalError } from '../../src/tasks/task-error.js';
import type { TaskHandler } from '../../src/tasks/task-handler.js';

/** `text.digest`. The input fits the schema: the dispatch has checked it. */
export function makeTextDigest(): TaskHandler {
  return (params, { log }) => {
    const { text, algorithm = 'sha256' } = params as { readonly text: string; readonly algorithm?: string };
    if (text === '') return Promise.reject(finalError('EMPTY_TEXT', '/text is empty: there is nothing to digest.'));
    log('info', `${algorithm} of ${Buffer.byteLength(text)} bytes`);
    return Promise.resolve({ digest: createHash(algorithm).update(text).digest('hex') });
  };
}
