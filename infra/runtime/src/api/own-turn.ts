import { setImmediate as nextTurn } from 'node:timers/promises';

/** A body from this size on is read in a separate turn of the loop. */
export const LARGE_BODY_BYTES = 65_536;

let last: Promise<unknown> = Promise.resolve();

/**
 * Waits, before a body is read, for a turn of the event loop in which no other large one is. Bodies that arrive at the same
 * time would be read in one turn, which takes as long as they do together. Small ones do not wait.
 */
export async function ownTurn(bytes: number): Promise<void> {
  if (bytes < LARGE_BODY_BYTES) return;
  const own = last.then(() => nextTurn());
  last = own;
  await own;
}
