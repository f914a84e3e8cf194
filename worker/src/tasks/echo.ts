import { setTimeout as delay } from 'node:timers/promises';
import type { EchoTask } from './dispatch.js';

/** The developer profile (tasks 7.2): unknown types succeed after a delay and say what they were given. */
export function makeEcho(delayMs: number): EchoTask {
  return async (taskType, params, signal) => {
    if (delayMs > 0) await delay(delayMs, undefined, { signal });
    return { executed: true, taskType, params };
  };
}
