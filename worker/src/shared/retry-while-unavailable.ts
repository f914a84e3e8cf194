import { setTimeout as sleep } from 'node:timers/promises';
import { isMissingSchema, isUnavailable } from '@flowplane/plumbing/postgres';
import { CallAbandoned } from './engine-gate.js';

const LONGEST_PAUSE_MS = 2000;

/**
 * Repeats a database call for as long as the server is away, or its schema is not there yet (the owner of the tables
 * migrates at its own boot).
 *
 * @throws CallAbandoned on `signal`; anything that is not an outage
 */
export async function retryWhileUnavailable<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if (signal.aborted) throw new CallAbandoned();
    try {
      return await call();
    } catch (cause) {
      if (!isUnavailable(cause) && !isMissingSchema(cause)) throw cause;
    }
    await sleep(pauseMs, undefined, { ref: false });
  }
}
