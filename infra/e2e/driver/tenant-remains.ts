import { createHash } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { Pool } from '@flowplane/plumbing/postgres';
import { withDatabase } from './log-totals.js';

type Env = Readonly<Record<string, string | undefined>>;

const DATABASES = ['FLOWS_DB_URL', 'FLOWS_STATE_DB_URL'] as const;
const TABLES = `
  SELECT table_schema || '.' || table_name AS name FROM information_schema.tables
   WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`;

const quoted = (name: string): string =>
  name
    .split('.')
    .map((part) => `"${part}"`)
    .join('.');

/** Rows of every table of both databases whose text, bytes as text included, holds this. */
async function rowsWith(pool: Pool, text: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: Record<string, readonly string[]> = {};
  for (const { name } of (await pool.query<{ name: string }>(TABLES)).rows) {
    const { rows } = await pool.query<{ row: string }>(
      `SELECT t::text AS row FROM ${quoted(name)} t
        WHERE position($1 IN t::text) > 0 OR position(encode(convert_to($1, 'UTF8'), 'hex') IN t::text) > 0
        ORDER BY 1`,
      [text],
    );
    if (rows.length > 0) found[name] = rows.map(({ row }) => row);
  }
  return found;
}

/** What both databases hold of a tenant: texts of rows, by table. */
export async function storedOf(env: Env, tenantId: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const [read, state] = await Promise.all(
    DATABASES.map((key) => withDatabase(env[key], (pool) => rowsWith(pool, tenantId))),
  );
  return { ...read, ...state };
}

/** One hash per table of both databases: equal only where no row has changed. */
export async function hashesOf(env: Env): Promise<Readonly<Record<string, string>>> {
  const hashes: Record<string, string> = {};
  for (const key of DATABASES) {
    await withDatabase(env[key], async (pool) => {
      for (const { name } of (await pool.query<{ name: string }>(TABLES)).rows) {
        const { rows } = await pool.query<{ row: string }>(`SELECT t::text AS row FROM ${quoted(name)} t ORDER BY 1`);
        hashes[name] = createHash('sha256')
          .update(rows.map(({ row }) => row).join('\n'))
          .digest('hex');
      }
    });
  }
  return hashes;
}

async function withEngine<T>(env: Env, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: env['TEMPORAL_ADDRESS'] ?? '' });
  try {
    return await work(new Client({ connection, namespace: env['TEMPORAL_NAMESPACE'] ?? '' }));
  } finally {
    await connection.close();
  }
}

/** Ids of the executions and schedules that the engine has of a tenant. */
export const engineRemainsOf = (env: Env, tenantId: string): Promise<readonly string[]> =>
  withEngine(env, async (client) => {
    const ids: string[] = [];
    for await (const { workflowId } of client.workflow.list()) ids.push(workflowId);
    for await (const { scheduleId } of client.schedule.list()) ids.push(scheduleId);
    return ids.filter((id) => id.startsWith(`${tenantId}:`)).toSorted();
  });

/** A schedule as those of flows are named; it never fires. */
export const makeSchedule = (env: Env, scheduleId: string): Promise<unknown> =>
  withEngine(env, (client) =>
    client.schedule.create({
      scheduleId,
      spec: { calendars: [{ year: 2099 }] },
      action: { type: 'startWorkflow', workflowType: 'never', taskQueue: env['TEMPORAL_TASK_QUEUE'] ?? '' },
    }),
  );
