import {
  ANSWER_ENTRIES,
  CONNECTION_ENTRIES,
  connectionFaults,
  durationMs,
  flag,
  HTTP_ENTRIES,
  integer,
  readConfig,
  type ConfigOf,
} from '@flowplane/plumbing/config';

export const ENTRIES = {
  ...CONNECTION_ENTRIES,
  ...HTTP_ENTRIES,
  ...ANSWER_ENTRIES,
  /** Off: the stream route answers 501 `FLOW_MONITORING_DISABLED`. */
  monitoring: flag('FLOWS_MONITORING', true),
  /** Pause after which an idle stream gets a comment, so that nobody between cuts it. */
  ssePingMs: durationMs('FLOWS_SSE_PING', 25_000),
  /** A client that takes nothing for this long is dropped. */
  sseStallMs: durationMs('FLOWS_SSE_STALL', 60_000),
  /** Frames that may wait for one slow stream before it reads from the store again. */
  sseMaxWaiting: integer('FLOWS_SSE_MAX_WAITING', 1000, { min: 1 }),
  /** Records of the events log that a stream of a workspace may be behind when it opens. */
  sseMaxBacklog: integer('FLOWS_SSE_MAX_BACKLOG', 100_000, { min: 0 }),
  /** Memory of a live tail, over all partitions; there are two. */
  tailMaxBytes: integer('FLOWS_TAIL_MAX_BYTES', 64 * 1024 * 1024, { min: 1024 }),
};

export type MonitorConfig = ConfigOf<typeof ENTRIES>;

/** @throws InvalidConfig naming every faulty variable. */
export function readMonitorConfig(env: Readonly<Record<string, string | undefined>>): MonitorConfig {
  return readConfig(env, ENTRIES, connectionFaults);
}
