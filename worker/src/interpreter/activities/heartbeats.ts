import type { Context } from '@temporalio/activity';

/** Heartbeats without a heartbeat timeout only bring back the news of a cancellation. */
const CANCELLATION_CHECK_MS = 10_000;
/** Parts of the heartbeat timeout between two heartbeats: a third is the bound, a little less leaves room. */
const HEARTBEAT_PARTS = 4;
/** Longest delay a timer can have; a longer one fires at once. A task may have years: the engine alone keeps those. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Sends heartbeats of an attempt as often as its timeout asks for. @returns ends them */
export function startHeartbeats(context: Context): () => void {
  const { heartbeatTimeoutMs } = context.info;
  const beatMs = heartbeatTimeoutMs === undefined ? CANCELLATION_CHECK_MS : heartbeatTimeoutMs / HEARTBEAT_PARTS;
  const heartbeat = setInterval(() => context.heartbeat(), Math.min(Math.max(10, beatMs), MAX_TIMER_MS));
  return () => clearInterval(heartbeat);
}
