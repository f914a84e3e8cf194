import { setTimeout as sleep } from 'node:timers/promises';
import { endOffsets, type KafkaClient } from '../kafka/index.js';
import type { Pool } from '../postgres/index.js';

/** Asks a dependency. Rejects, or resolves to false, when it does not do its work. */
export type Probe = () => Promise<unknown>;

/** Longest wait for an answer; a dependency that hangs is as missing as one that is gone. */
const PROBE_TIMEOUT_MS = 2000;

/**
 * What `/readyz` answers from: every dependency is asked, all at once, and bounded in time.
 *
 * @param probes by the name that the answer shows; a dependency is there when all its probes say so
 * @returns names of those that are missing, in the order of `probes`
 */
export function makeReadiness(
  probes: Readonly<Record<string, readonly Probe[]>>,
  timeoutMs = PROBE_TIMEOUT_MS,
): () => Promise<readonly string[]> {
  return async () => {
    const names = Object.keys(probes);
    const there = await Promise.all(
      Object.values(probes).map(async (those) =>
        (await Promise.all(those.map((one) => isThere(one, timeoutMs)))).every(Boolean),
      ),
    );
    return names.filter((_, index) => there[index] !== true);
  };
}

/** Whether the brokers answer for a topic. */
export const logProbe =
  (kafka: KafkaClient, topic: string): Probe =>
  () =>
    endOffsets(kafka, topic, [0]);

/**
 * Rows that are sorted outside the memory: the server writes about 256 KiB to the disk of the database, where they stand until
 * the statement ends. So a full disk is noticed also by who only reads, and nothing is left behind.
 */
const WRITE_AND_FORGET = `
  SET LOCAL work_mem = '64kB';
  SELECT max(length(filler)) FROM (
    SELECT repeat('x', 16384) AS filler FROM generate_series(1, 16) AS row ORDER BY row DESC OFFSET 0
  ) AS rows`;

/** Whether the server answers, and can write. One that hangs costs its connection, so that probes never fill the pool. */
export const storeProbe =
  (pool: Pool): Probe =>
  () => {
    const query = { text: WRITE_AND_FORGET, query_timeout: PROBE_TIMEOUT_MS };
    return pool.query(query);
  };

async function isThere(probe: Probe, timeoutMs: number): Promise<boolean> {
  const timeUp = new AbortController();
  const answered = probe().then(
    (answer) => answer !== false,
    () => false,
  );
  const late = sleep(timeoutMs, false, { signal: timeUp.signal, ref: false }).catch(() => false);
  const there = await Promise.race([answered, late]);
  timeUp.abort();
  return there;
}
