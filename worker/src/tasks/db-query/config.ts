import {
  configuredDatabase,
  databaseUrl,
  durationMs,
  entry,
  integer,
  list,
  optional,
  plaintextFaults,
  type ConfigOf,
  type PLAINTEXT_ENTRIES,
} from '@flowplane/plumbing/config';
import { readMongoUrl } from './mongo/document-client.js';

/** The operator's databases of tenants' data. Without a URL there is none. */
export const DB_QUERY_ENTRIES = {
  /** Database of tenants' tables for `db.query`; unset: tasks need a connection. */
  dataPostgresUrl: optional(databaseUrl('FLOWS_DATA_POSTGRES_URL')),
  /** Its tables and views that all tenants share, without row policies, as `public.countries`. */
  dataSharedTables: list('FLOWS_DATA_SHARED_TABLES', []),
  /** Connections to it. */
  dataPostgresConnections: integer('FLOWS_DATA_POSTGRES_CONNECTIONS', 10, { min: 1, max: 1000 }),
  /** How long one of its statements may take. */
  dataPostgresTimeoutMs: durationMs('FLOWS_DATA_POSTGRES_TIMEOUT', 30_000),
  /** Database of tenants' documents for `db.query`; unset: tasks need a connection. */
  dataMongoUrl: optional(
    entry<string>('FLOWS_DATA_MONGO_URL', 'URL of a MongoDB database', undefined, (value) => {
      readMongoUrl(value);
      return value;
    }),
  ),
  /** Connections to it. */
  dataMongoConnections: integer('FLOWS_DATA_MONGO_CONNECTIONS', 10, { min: 1, max: 1000 }),
  /** How long one of its operations may take. */
  dataMongoTimeoutMs: durationMs('FLOWS_DATA_MONGO_TIMEOUT', 30_000),
  /** Processes at once that hold the drivers of tenants' own databases. */
  dataProcesses: integer('FLOWS_DATA_PROCESSES', 8, { min: 1, max: 100 }),
};
export type DbQueryConfig = ConfigOf<typeof DB_QUERY_ENTRIES>;

/** Faults that only several of these entries show together. */
export function dbQueryFaults(config: Partial<DbQueryConfig & ConfigOf<typeof PLAINTEXT_ENTRIES>>): readonly string[] {
  const faults = [
    ...plaintextFaults(config, configuredDatabase('FLOWS_DATA_POSTGRES_URL', config.dataPostgresUrl)),
    ...plaintextFaults(config, configuredMongo(config.dataMongoUrl)),
  ];
  if (config.dataSharedTables?.some((name) => !/^[^.]+\.[^.]+$/.test(name)) === true) {
    faults.push('FLOWS_DATA_SHARED_TABLES must be names such as public.countries with a comma between');
  }
  if (config.dataPostgresTimeoutMs === 0) faults.push('FLOWS_DATA_POSTGRES_TIMEOUT must be longer than 0');
  if (config.dataMongoTimeoutMs === 0) faults.push('FLOWS_DATA_MONGO_TIMEOUT must be longer than 0');
  return faults;
}

function configuredMongo(url: string | undefined) {
  if (url === undefined) return [];
  const { hosts, isEncrypted } = readMongoUrl(url);
  return [{ variable: 'FLOWS_DATA_MONGO_URL', addresses: hosts, encrypted: isEncrypted, remedy: 'set tls=true in it' }];
}
