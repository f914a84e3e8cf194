import pg from 'pg';
import { connectionSettings } from './connection-settings.js';
import { explainDatabaseFault } from './explain-database-fault.js';
import { assertIdentifier, type Pool } from './pool.js';

const DUPLICATE_DATABASE = '42P04';
const UNIQUE_VIOLATION = '23505';
const MISSING_DATABASE = '3D000';
const CONNECT_TIMEOUT_MS = 5000;

/**
 * Creates the database of `url` when the server does not have it, through the server's `postgres` database.
 *
 * @throws when neither the database nor `postgres` can be reached; where the server refuses us the message says which
 *   variable to look at.
 */
export async function ensureDatabase(url: string): Promise<void> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  if (await canConnect(url)) return;
  assertIdentifier(name);
  const adminUrl = new URL(url);
  adminUrl.pathname = '/postgres';
  const admin = newClient(adminUrl.toString());
  await admin.connect();
  try {
    await admin.query(`CREATE DATABASE ${name}`);
  } catch (cause) {
    // Another process was quicker: two creators may meet in the catalogue's own unique index.
    const { code } = cause as { readonly code?: string };
    if (code !== DUPLICATE_DATABASE && code !== UNIQUE_VIOLATION) throw cause;
  } finally {
    await admin.end();
  }
}

/** @throws Error where the server is of an older release of PostgreSQL than `least` */
export async function assertServerVersion(pool: Pool, least: number): Promise<void> {
  const { rows } = await pool.query<{ server_version_num: string }>('SHOW server_version_num');
  const release = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
  if (release < least) throw new Error(`PostgreSQL ${release} is too old: ${least} or later is needed.`);
}

async function canConnect(url: string): Promise<boolean> {
  const client = newClient(url);
  try {
    await client.connect();
    return true;
  } catch (cause) {
    if ((cause as { readonly code?: string }).code === MISSING_DATABASE) return false;
    const why = explainDatabaseFault(cause);
    throw why === undefined ? cause : new Error(why, { cause });
  } finally {
    await client.end().catch(() => undefined);
  }
}

const newClient = (url: string): pg.Client =>
  new pg.Client({ ...connectionSettings(url), connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
