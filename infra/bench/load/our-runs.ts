import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from '@flowplane/plumbing/postgres';
import { callExpecting, type ApiClient } from './api-client.js';
import type { Completed } from './completed.js';
import { ASYNC } from './published-flow.js';

const LOOK_EVERY_MS = 100;
const GIVE_UP_MS = 600_000;

/**
 * Starts runs over HTTP, `concurrency` at a time, until the read model shows all of them closed. It asks only for those
 * that are under way, by their ids, ten times a second.
 *
 * @throws Error for a run that ends otherwise than completed
 */
export async function completeRuns(
  api: ApiClient,
  pool: Pool,
  startPath: string,
  count: number,
  concurrency: number,
): Promise<Completed> {
  const startedAt = performance.now();
  const ids: string[] = [];
  const endedAt: number[] = [];
  const open = new Set<string>();
  let looks = 0;
  while (endedAt.length < count) {
    const room = Math.min(count - ids.length, concurrency - open.size);
    const answers = await Promise.all(
      Array.from({ length: room }, () => callExpecting(api, 202, 'POST', startPath, { input: {} }, ASYNC)),
    );
    for (const { body } of answers) {
      ids.push(String(body['executionId']));
      open.add(String(body['executionId']));
    }
    await sleep(LOOK_EVERY_MS);
    looks += 1;
    for (const id of await closedOf(pool, [...open])) {
      open.delete(id);
      endedAt.push(performance.now());
    }
    if (performance.now() - startedAt > GIVE_UP_MS) {
      throw new Error(`${endedAt.length} of ${count} runs are closed after ${GIVE_UP_MS / 1000} s`);
    }
  }
  return { ids, startedAt, endedAt, looks };
}

/** Those of some runs that the read model shows as closed. @throws Error when one did not complete */
export async function closedOf(pool: Pool, ids: readonly string[]): Promise<readonly string[]> {
  const { rows } = await pool.query<{ execution_id: string; status: string }>({
    name: 'closed-of',
    text: `SELECT execution_id, status FROM flows.executions WHERE execution_id = ANY ($1) AND closed_at IS NOT NULL`,
    values: [ids],
  });
  const other = rows.find(({ status }) => status !== 'Completed');
  if (other !== undefined) throw new Error(`the measured run ${other.execution_id} ended ${other.status}`);
  return rows.map(({ execution_id }) => execution_id);
}
