import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '@flowplane/contracts';
import { caughtUp } from '../test/running-projections.js';
import {
  executionClosed,
  executionRequested,
  executionStarted,
  flowCreated,
  makeEvents,
  versionPublished,
} from '../test/sample-events.js';
import { openTestLog, type TestLog } from '../test/test-log.js';
import { openTestStore, type TestStore } from '../test/test-store.js';

const PARTITIONS = 4;
const RUNS = 1500;
/** Each in a partition of its own. */
const TENANTS = ['A', 'C', 'D'];
const dist = (path: string): string => fileURLToPath(new URL(`../dist/${path}`, import.meta.url));

let log: TestLog;
let store: TestStore;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  log = await openTestLog(PARTITIONS);
  store = await openTestStore();
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await store.close();
  await log.close();
});

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  FLOWS_DB_URL: store.url,
  FLOWS_STATE_DB_URL: store.url,
  FLOWS_TOPIC_PREFIX: log.prefix,
  FLOWS_PARTITIONS: String(PARTITIONS),
  PORT: '0',
  LOG_LEVEL: 'info',
});

function start(path: string, args: readonly string[] = []): ChildProcess {
  const child = spawn(process.execPath, [dist(path), ...args], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  return child;
}

/** Exit code and what was written, once the process has ended. */
async function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly output: string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  children.delete(child);
  return { code: child.exitCode, output };
}

/** Waits until the service says that it is ready. */
async function ready(child: ChildProcess): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('"msg":"ready"')) resolve();
    });
    child.once('exit', () => reject(new Error(`ended before it was ready: ${output}`)));
  });
}

const projected = async (): Promise<number> => {
  const { rows } = await store.pool.query<{ n: number }>(
    `SELECT coalesce(sum(next_offset), 0)::int AS n FROM projection_progress WHERE projection = 'control'`,
  );
  return rows[0]?.n ?? 0;
};

async function writeHistory(): Promise<number> {
  const perTenant = await Promise.all(
    TENANTS.map(async (tenantId) => {
      const events = makeEvents({ tenantId, workspaceId: 'W' });
      const owner = await log.takeOver(log.partitionOf(tenantId), 1);
      const all: Event[] = [flowCreated(events, 'F'), versionPublished(events, 'F', 1)];
      for (let run = 0; run < RUNS; run++) {
        const id = `${tenantId}:W:F:${run}`;
        all.push(
          executionRequested(events, 'F', id),
          executionStarted(events, 'F', id),
          executionClosed(events, 'F', id),
        );
      }
      await owner.append(all);
      return all.length;
    }),
  );
  return perTenant.reduce((total, count) => total + count, 0);
}

describe('projection-service as a process', () => {
  it('killed in the middle of its work again and again: the tables equal a rebuild, no row twice', async () => {
    const total = await writeHistory();
    let kills = 0;
    for (let reached = 0; reached < total && kills < 5; kills++) {
      const child = start('main.js');
      const from = reached;
      await expect
        .poll(async () => (reached = await projected()), { timeout: 60_000, interval: 5 })
        .toBeGreaterThan(from);
      child.kill('SIGKILL');
      await ended(child);
    }
    const survivor = start('main.js');
    await caughtUp(log, store, 'control');
    const { rows } = await store.pool.query(
      `SELECT count(*)::int AS runs, count(DISTINCT execution_id)::int AS ids FROM executions WHERE status = 'Completed'`,
    );
    expect(rows).toEqual([{ runs: 3 * RUNS, ids: 3 * RUNS }]);

    const verified = await ended(start('rebuild/main.js', ['--verify']));
    expect(verified.output).toContain('equal');
    expect(verified.output).not.toContain('DIFFERENT');
    expect(verified.code).toBe(0);

    survivor.kill('SIGTERM');
    expect((await ended(survivor)).code).toBe(0);
  });

  it('makes dropped read models anew from the log', async () => {
    const before = await store.pool.query(`SELECT execution_id, status, created_at FROM executions ORDER BY 1`);
    const running = start('main.js');
    await ready(running);
    expect((await ended(start('rebuild/main.js', ['--drop-live']))).code).toBe(0);
    // With work to do it finds its tables gone and ends, as its supervisor expects.
    const owner = await log.takeOver(log.partitionOf('A'), 99);
    await owner.append([flowCreated(makeEvents({ tenantId: 'A', workspaceId: 'after' }), 'late')]);
    expect((await ended(running)).code).toBe(1);
    const again = start('main.js');
    await expect
      .poll(
        async () =>
          store.pool.query(`SELECT 1 FROM flows WHERE flow_id = 'late'`).then(
            (found) => found.rowCount,
            () => 0,
          ),
        {
          timeout: 60_000,
        },
      )
      .toBe(1);
    await caughtUp(log, store, 'control');
    const after = await store.pool.query(`SELECT execution_id, status, created_at FROM executions ORDER BY 1`);
    expect(after.rows).toEqual(before.rows);
    again.kill('SIGTERM');
    expect((await ended(again)).code).toBe(0);
  });
});
