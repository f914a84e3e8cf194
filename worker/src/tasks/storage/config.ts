import {
  durationMs,
  integer,
  optional,
  plaintextFaults,
  text,
  url,
  type ConfigOf,
  type PLAINTEXT_ENTRIES,
} from '@flowplane/plumbing/config';

/** The operator's object store. Without an endpoint there is none. */
export const STORAGE_ENTRIES = {
  /** The object store (S3); set together with its two keys. Unset: tasks need a connection. */
  storageEndpoint: optional(url('FLOWS_STORAGE_ENDPOINT')),
  /** Region that requests to it are signed for. */
  storageRegion: text('FLOWS_STORAGE_REGION', 'us-east-1'),
  /** Bucket that has the objects of all tenants. */
  storageBucket: text('FLOWS_STORAGE_BUCKET', 'flowplane'),
  /** Access key of the object store. */
  storageAccessKey: optional(text('FLOWS_STORAGE_ACCESS_KEY')),
  /** Secret key of the object store. */
  storageSecretKey: optional(text('FLOWS_STORAGE_SECRET_KEY')),
  /** Requests to it at once. */
  storageConnections: integer('FLOWS_STORAGE_CONNECTIONS', 50, { min: 1, max: 1000 }),
  /** How long it may be silent in a request. */
  storageTimeoutMs: durationMs('FLOWS_STORAGE_TIMEOUT', 30_000),
};
export type StorageConfig = ConfigOf<typeof STORAGE_ENTRIES>;

/** Faults that only several of these entries show together. */
export function storageFaults(config: Partial<StorageConfig & ConfigOf<typeof PLAINTEXT_ENTRIES>>): readonly string[] {
  const { storageEndpoint, storageAccessKey, storageSecretKey } = config;
  const faults: string[] = [];
  const given = [storageEndpoint, storageAccessKey, storageSecretKey].filter((value) => value !== undefined);
  if (given.length !== 0 && given.length !== 3) {
    faults.push(
      'FLOWS_STORAGE_ENDPOINT, FLOWS_STORAGE_ACCESS_KEY and FLOWS_STORAGE_SECRET_KEY are set together or not at all',
    );
  }
  if (config.storageTimeoutMs === 0) faults.push('FLOWS_STORAGE_TIMEOUT must be longer than 0');
  if (storageEndpoint === undefined) return faults;
  const { protocol, hostname, username, password, search, hash } = new URL(storageEndpoint);
  if (username !== '' || password !== '') {
    faults.push(
      'FLOWS_STORAGE_ENDPOINT holds a user or password: set FLOWS_STORAGE_ACCESS_KEY and FLOWS_STORAGE_SECRET_KEY',
    );
  }
  if (search !== '' || hash !== '') faults.push('FLOWS_STORAGE_ENDPOINT must end with its path');
  const server = {
    variable: 'FLOWS_STORAGE_ENDPOINT',
    addresses: [hostname],
    encrypted: protocol === 'https:',
    remedy: 'use https',
  };
  return [...faults, ...plaintextFaults(config, [server])];
}
