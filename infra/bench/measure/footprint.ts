import { TOPICS, type TopicName } from '@flowplane/contracts';
import type { LogRecord } from '@flowplane/plumbing/kafka';
import { makePool, type Pool } from '@flowplane/plumbing/postgres';
import { openLog } from '../load/log-access.js';

/** Whose something is → how much of it. */
type Shares = Readonly<Record<string, number>>;

/** What tenants have left in the topics and in the tables of one set of services. */
export type Footprint = {
  /** Bytes of records, uncompressed and with their headers, by topic. */
  readonly topicBytes: Readonly<Record<string, Shares>>;
  /** Rows by table, of tables that say whose a row is. */
  readonly tableRows: Readonly<Record<string, Shares>>;
};

/**
 * Reads every topic and counts every table.
 *
 * @param env of the services
 * @param groupOf whose a tenant is counted as; what is no tenant's has an empty id
 */
export async function readFootprint(
  env: Readonly<Record<string, string>>,
  groupOf: (tenantId: string) => string,
): Promise<Footprint> {
  const urls = new Set([env['FLOWS_DB_URL'] ?? '', env['FLOWS_STATE_DB_URL'] ?? env['FLOWS_DB_URL'] ?? '']);
  const tableRows: Record<string, Shares> = {};
  for (const url of urls) Object.assign(tableRows, await rowsIn(url, groupOf));
  return { topicBytes: await bytesInTopics(env, groupOf), tableRows };
}

async function bytesInTopics(
  env: Readonly<Record<string, string>>,
  groupOf: (tenantId: string) => string,
): Promise<Footprint['topicBytes']> {
  const log = await openLog(env);
  try {
    const bytes: Record<string, Shares> = {};
    for (const topic of Object.keys(TOPICS) as TopicName[]) {
      const shares = makeShares();
      await log.each(topic, (record) => shares.add(groupOf(tenantOf(record)), bytesOf(record)));
      bytes[TOPICS[topic].name] = shares.all();
    }
    return bytes;
  } finally {
    await log.close();
  }
}

/** Keys are ids of tenants, and of runs, which begin with their tenant's. */
const tenantOf = ({ key }: LogRecord): string => key?.toString('utf8').split(':')[0] ?? '';

function bytesOf({ key, value, headers }: LogRecord): number {
  const ofHeaders = Object.entries(headers).map(([name, text]) => name.length + text.length);
  return (key?.length ?? 0) + (value?.length ?? 0) + ofHeaders.reduce((sum, bytes) => sum + bytes, 0);
}

async function rowsIn(url: string, groupOf: (tenantId: string) => string): Promise<Footprint['tableRows']> {
  const pool = makePool(url, { max: 1, applicationName: 'bench' });
  try {
    const rows: Record<string, Shares> = {};
    for (const table of await tenantTables(pool)) {
      const counted = await pool.query<{ tenant_id: string; rows: string }>(
        `SELECT tenant_id, count(*) AS rows FROM ${table} GROUP BY tenant_id`,
      );
      const shares = makeShares();
      for (const { tenant_id, rows: count } of counted.rows) shares.add(groupOf(tenant_id), Number(count));
      rows[table] = shares.all();
    }
    return rows;
  } finally {
    await pool.end();
  }
}

async function tenantTables(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name
     FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
     WHERE column_name = 'tenant_id' AND table_type = 'BASE TABLE'
     ORDER BY name`,
  );
  return rows.map(({ name }) => name);
}

function makeShares() {
  const shares: Record<string, number> = {};
  return {
    add: (group: string, amount: number) => void (shares[group] = (shares[group] ?? 0) + amount),
    all: (): Shares => shares,
  };
}

/** Of all topics, or all tables, together. */
export const totalOfGroup = (parts: Readonly<Record<string, Shares>>, group: string): number =>
  Object.values(parts).reduce((sum, shares) => sum + (shares[group] ?? 0), 0);
