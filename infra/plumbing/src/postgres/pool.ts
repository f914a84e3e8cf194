import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import type { Logger } from '../logging/index.js';
import { connectionSettings } from './connection-settings.js';

export type Pool = pg.Pool;
export type PoolClient = pg.PoolClient;
/** What runs SQL: a pool, or one of its clients inside a transaction. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

export type PoolOptions = {
  readonly max: number;
  readonly applicationName: string;
  /** Schema that unqualified names mean on every connection of this pool; default: the server's. */
  readonly schema?: string;
  /**
   * `false`: commits do not wait for the disk. Only for data that can be read again from the log; a crash of the
   * server then loses whole recent transactions, never parts of one.
   */
  readonly durable?: boolean;
  /** Server settings of every connection of this pool, by name; values without blanks. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Longest wait for a free or new connection, ms. */
  readonly connectTimeoutMs?: number;
  readonly logger?: Pick<Logger, 'warn'>;
};

/** Identifiers are put into connection options and DDL as they are, so only plain ones are let through. */
export function assertIdentifier(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name)) throw new TypeError(`not a plain identifier: ${JSON.stringify(name)}`);
  return name;
}

/** A server that is given in parts: what a URL would name, and nothing that a file or a variable adds. */
export type ServerParts = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly ssl: false | ConnectionOptions;
};

/** A pool of connections. An idle connection that breaks is dropped and replaced at the next use. */
export function makePool(server: string | ServerParts, options: PoolOptions): Pool {
  const settings = [
    ...(options.schema === undefined ? [] : [`-c search_path=${assertIdentifier(options.schema)}`]),
    ...(options.durable === false ? ['-c synchronous_commit=off'] : []),
    ...Object.entries(options.settings ?? {}).map(([name, value]) => `-c ${assertIdentifier(name)}=${value}`),
  ];
  const pool = new pg.Pool({
    ...(typeof server === 'string' ? connectionSettings(server) : server),
    max: options.max,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5000,
    keepAlive: true,
    ...(settings.length === 0 ? {} : { options: settings.join(' ') }),
  });
  pool.on('error', (cause) => options.logger?.warn({ err: cause }, 'an idle database connection was lost'));
  return pool;
}
