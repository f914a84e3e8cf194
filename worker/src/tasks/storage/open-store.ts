import type { JsonObject } from '@flowplane/contracts';
import type { TaskAttempt } from '../task-handler.js';
import type { ObjectStore } from './object-store.js';

/**
 * Works on the store that a task's input names.
 *
 * @throws TaskError of `/connection`, `CAPABILITY_UNAVAILABLE` where the operator has configured none, or what `work` throws
 */
export type OpenStore = <T>(
  params: JsonObject,
  attempt: TaskAttempt,
  work: (store: ObjectStore) => Promise<T>,
) => Promise<T>;
