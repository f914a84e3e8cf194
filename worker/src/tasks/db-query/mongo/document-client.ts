import { isIPv6, type LookupFunction } from 'node:net';
import type { Connection } from '@flowplane/contracts';
import { MongoClient, type MongoClientOptions } from 'mongodb';
import { boundMessages } from './bounded-messages.js';

const CONNECT_TIMEOUT_MS = 5000;
const IDLE_CONNECTION_MS = 60_000;

const optionsFor = (maxConnections: number): MongoClientOptions => ({
  appName: 'flowplane worker',
  maxPoolSize: maxConnections,
  minPoolSize: 0,
  maxIdleTimeMS: IDLE_CONNECTION_MS,
  connectTimeoutMS: CONNECT_TIMEOUT_MS,
  serverSelectionTimeoutMS: CONNECT_TIMEOUT_MS,
  waitQueueTimeoutMS: CONNECT_TIMEOUT_MS,
  // The node's policy says how often something is tried.
  retryReads: false,
  retryWrites: false,
});

/** `mongodb://…/database`: without a database there is nothing that tenants' documents are in. */
const MONGO_URL = /^mongodb(?:\+srv)?:\/\/(?:[^@/]*@)?([^@/?#]+)\/([^/?#]+)(?:\?([^#]*))?$/;

export type MongoUrl = {
  readonly hosts: readonly string[];
  readonly databaseName: string;
  readonly isEncrypted: boolean;
};

/** @throws Error that says what is expected, and no part of the URL */
export function readMongoUrl(url: string): MongoUrl {
  const [, hosts = '', database = '', query = ''] = MONGO_URL.exec(url) ?? [];
  if (hosts === '') throw new Error('must be mongodb://user:password@host:port/database');
  const parameters = new URLSearchParams(query);
  const tls = parameters.get('tls') ?? parameters.get('ssl') ?? String(url.startsWith('mongodb+srv:'));
  try {
    void new MongoClient(url);
  } catch {
    throw new Error('has a part or an option that the driver does not take');
  }
  return {
    hosts: hosts.split(',').map((host) => host.replace(/:\d+$/, '')),
    databaseName: decodeURIComponent(database),
    isEncrypted: tls === 'true',
  };
}

/** The client of the operator's own database. Connects with the first query. */
export function operatorsClient(url: string, maxConnections: number): MongoClient {
  boundMessages();
  return new MongoClient(url, optionsFor(maxConnections));
}

/** The client of a connection's database: of this one server, and at the addresses that were checked. */
export function clientOfConnection(
  { endpoint, secret }: Pick<Connection<'mongo'>, 'endpoint' | 'secret'>,
  lookup: LookupFunction,
  maxConnections: number,
): MongoClient {
  boundMessages();
  const { host, port, database, tls = true, ca, authSource = database } = endpoint;
  const { username, password } = secret;
  const name = host.replace(/^\[(.*)\]$/, '$1');
  return new MongoClient(`mongodb://${isIPv6(name) ? `[${name}]` : encodeURIComponent(name)}:${port}/`, {
    ...optionsFor(maxConnections),
    directConnection: true,
    lookup,
    tls,
    ...(ca === undefined ? {} : { ca }),
    ...(username === undefined ? {} : { auth: { username, password: password ?? '' }, authSource }),
  });
}
