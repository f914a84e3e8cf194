import { fileURLToPath } from 'node:url';
import { makePool, type Migrations, type Pool } from '@flowplane/plumbing/postgres';

/** The migrations of the read models, for a schema; the path is right from `src` as from `dist`. */
export const readModelMigrations = (schema: string): Migrations => ({
  schema,
  directory: fileURLToPath(new URL('../migrations', import.meta.url)),
});

/** Where the audit topic's publisher stands, in the state database: it outlives the read models. */
export const PUBLISHER_SCHEMA = 'audit_publisher';
export const PUBLISHER_MIGRATIONS: Migrations = {
  schema: PUBLISHER_SCHEMA,
  directory: fileURLToPath(new URL('../migrations/state', import.meta.url)),
};

/** Connections that write read models: not durable, since the log has it all and the position goes back with the rows. */
export const openWritePool = (url: string, schema: string, max: number): Pool =>
  makePool(url, { max, applicationName: 'projection-service writes', schema, durable: false });
